import { isSluiceError, SluiceError } from '@sluice/errors'
import { verdictOf } from '@sluice/verdict'
import { expect, test } from 'vitest'
import { collectReferences, judge, kindOf, type PinPolicy } from '../src/index.js'

const HASH = `--hash=sha256:${'c3'.repeat(32)}`
const STRICT: PinPolicy = { level: 'content-hash', trustedOwners: [] }

function source(files: Record<string, string | Uint8Array>) {
  return {
    exists: async (file: string) => file in files,
    read: async (file: string) => {
      const data = files[file]
      if (data === undefined)
        throw new SluiceError('FILE_NOT_FOUND', `There is no readable file \`${file}\`.`, { remedy: '' })
      return typeof data === 'string' ? new TextEncoder().encode(data) : data
    },
  }
}

async function check(files: Record<string, string | Uint8Array>, policy = STRICT) {
  return judge(await collectReferences(source(files), Object.keys(files).sort()), policy)
}

const workflow = (...uses: string[]) =>
  `jobs:\n  a:\n    steps:\n${uses.map((text) => `      - uses: ${text}\n`).join('')}`

test('a moving tag fails and says what to write instead', async () => {
  const [finding] = await check({ '.github/workflows/ci.yml': workflow('actions/checkout@v4') })
  expect(finding).toMatchObject({
    rule: 'pin-check/unpinned-action',
    level: 'error',
    location: { file: '.github/workflows/ci.yml', line: 4, column: 15 },
  })
  expect(finding!.remedy).toContain('uses: actions/checkout@<commit> # v4')
})

test('level decides whether a full version is enough; a moving one never is', async () => {
  const files = { '.github/workflows/ci.yml': workflow('a/b@v1.2.3', 'a/b@v1') }
  expect(await check(files)).toHaveLength(2)
  expect(await check(files, { ...STRICT, level: 'exact-version' })).toMatchObject([{ location: { line: 5 } }])
})

test('trusted owners may use full versions, not branches; SLSA generators must use them', async () => {
  const slsa = 'slsa-framework/slsa-github-generator/.github/workflows/generator_generic_slsa3.yml'
  const files = {
    '.github/workflows/ci.yml': workflow(
      'Actions/checkout@v4.2.1',
      'actions/checkout@main',
      `${slsa}@v2.1.0`,
      `${slsa}@main`,
    ),
  }
  const levels = (await check(files, { ...STRICT, trustedOwners: ['actions'] })).map(
    (finding) => finding.level,
  )
  expect(levels).toEqual(['note', 'error', 'note', 'error'])
})

test('the same reference twice gives two fingerprints, which do not move with lines', async () => {
  const before = await check({ '.github/workflows/ci.yml': workflow('a/b@v1', 'a/b@v1') })
  const after = await check({
    '.github/workflows/ci.yml': `# new line\n${workflow('./x', 'a/b@v1', 'a/b@v1')}`,
  })
  expect(new Set(before.map((finding) => finding.fingerprint)).size).toBe(2)
  expect(after.map((finding) => finding.fingerprint)).toEqual(before.map((finding) => finding.fingerprint))
})

test('includes are followed once, through cycles, and a missing one is said', async () => {
  const findings = await check({
    'requirements.txt': `-r deps/base.in\nnumpy==1.0 ${HASH}\n`,
    'deps/base.in': '-r ../requirements.txt\n-r gone.txt\nscipy\n',
  })
  expect(findings.map(({ rule, location }) => [rule, location?.file])).toEqual([
    ['pin-check/unreadable', 'deps/base.in'],
    ['pin-check/unpinned-requirement', 'deps/base.in'],
  ])
})

test('what cannot be read is inconclusive, never a pass', async () => {
  const good = { '.github/workflows/ok.yml': workflow('./x') }
  for (const bad of ['jobs: [', new Uint8Array([0xff, 0xfe, 0x41, 0x00])]) {
    const findings = await check({ ...good, '.github/workflows/bad.yml': bad })
    expect(verdictOf(findings)).toBe('inconclusive')
    expect(findings[0]!.location!.file).toBe('.github/workflows/bad.yml')
  }
})

test('a second index beside unhashed requirements warns', async () => {
  const index = '--extra-index-url https://x.example\n'
  const policy: PinPolicy = { ...STRICT, level: 'exact-version' }
  expect(await check({ 'requirements.txt': `${index}a==1.0\n` }, policy)).toMatchObject([
    { rule: 'pin-check/extra-index' },
  ])
  expect(await check({ 'requirements.txt': `${index}a==1.0 ${HASH}\n` }, policy)).toEqual([])
})

test('more files than anybody reviews are refused', async () => {
  const files = Array.from({ length: 20_001 }, (_, n) => `${n}/Dockerfile`)
  const error = await collectReferences(source({}), files).catch((error: unknown) => error)
  expect(isSluiceError(error) && error.code).toBe('PIN_FILES_TOO_MANY')
})

test.each([
  ['.github/workflows/ci.yml', 'workflow'],
  ['action.yaml', 'action'],
  ['actions/x/action.yml', 'action'],
  ['Dockerfile', 'dockerfile'],
  ['docker/Dockerfile.cpu', 'dockerfile'],
  ['sklearn.Dockerfile', 'dockerfile'],
  ['Containerfile', 'dockerfile'],
  ['requirements.txt', 'requirements'],
  ['requirements-ci.txt', 'requirements'],
  ['requirements/cuda.txt', 'requirements'],
  ['Dockerfile.dockerignore', undefined],
  ['src/dockerfile.ts', undefined],
  ['lib/dockerfile.d.ts.map', undefined],
  ['dockerfile.md', undefined],
  ['dockerfile', 'dockerfile'],
  ['Dockerfile.py3', 'dockerfile'],
  ['.github/workflows/sub/ci.yml', undefined],
  ['requirements/constraints.txt', undefined],
  ['pyproject.toml', undefined],
  ['requirements.in', undefined],
])('%s is read as %s', (file, kind) => {
  expect(kindOf(file)?.name).toBe(kind)
})

test('hostile texts cost no more than their length', async () => {
  const long = 'a'.concat('._-'.repeat(100_000), '!')
  const spaces = `a${' '.repeat(500_000)}b`
  await check({
    '.github/workflows/ci.yml': `jobs:\n  a:\n    container: ${long}\n    steps:\n      - uses: a/b@${'1.'.repeat(200_000)}x\n`,
    'requirements.txt': `${spaces}\n${long}\n${'\\'.repeat(500_000)}a\\\n\n`,
    Dockerfile: `FROM ${long}\nRUN ${spaces} <<x"${"'".repeat(99_999)}\nCOPY --from=${long} a b\n`,
  })
}, 5_000)
