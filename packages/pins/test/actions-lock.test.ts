import { expect, test } from 'vitest'
import { collectReferences, judge } from '../src/index.js'

// The entry is that of github/actions-lockfile, testdata/actions-lock-v0.0.2.yml.
const LOCK = `version: v0.0.2
workflows:
  .github/workflows/ci.yml:
    - Actions/Checkout@v4.3.1
dependencies:
  Actions/Checkout@v4.3.1:
    ref: v4.3.1
    commit: sha1-34e114876b0b11c390a56381ad16ebd13914f8d5
    owner_id: 44036562
    repo_id: 197814629
`
const workflow = (uses: string) => `jobs:\n  a:\n    steps:\n      - uses: ${uses}\n`

async function rules(files: Record<string, string>) {
  const source = {
    exists: async (file: string) => file in files,
    read: async (file: string) => new TextEncoder().encode(files[file]),
  }
  const names = Object.keys(files).filter((file) => !file.endsWith('.lock'))
  const collection = await collectReferences(source, names)
  const findings = judge(collection, { level: 'content-hash', trustedOwners: [] })
  return findings.map((finding) => `${finding.rule} ${finding.location?.file}`)
}

test('a tag is pinned where the lock file has it for this very workflow', async () => {
  const files = {
    '.github/workflows/actions.lock': LOCK,
    '.github/workflows/ci.yml': workflow('actions/checkout@v4.3.1'),
    '.github/workflows/other.yml': workflow('actions/checkout@v4.3.1'),
  }
  expect(await rules(files)).toEqual(['pin-check/unpinned-action .github/workflows/other.yml'])
})

test('another ref, a reusable workflow and an image are not covered', async () => {
  for (const uses of [
    'actions/checkout@v4',
    'actions/checkout/.github/workflows/x.yml@v4.3.1',
    'docker://alpine:3',
  ]) {
    const files = { '.github/workflows/actions.lock': LOCK, '.github/workflows/ci.yml': workflow(uses) }
    expect(await rules(files), uses).toHaveLength(1)
  }
})

test.each([
  ['an unknown version', LOCK.replace('v0.0.2', 'v9')],
  ['an unknown key', `${LOCK}extra: 1\n`],
  ['a key that stands twice', `${LOCK}    repo_id: 1\n`],
  ['keys without number', LOCK + Array.from({ length: 40_000 }, (_, i) => `k${i}: 1\n`).join('')],
  ['half a commit', LOCK.replace('13914f8d5', '')],
  ['a key without its dependency', LOCK.replace('  Actions/Checkout@v4.3.1:\n', '  a/b@v1:\n')],
  ['broken YAML', `${LOCK}  - [`],
])('%s makes the lock count for nothing, and says so', async (_, lock) => {
  const files = {
    '.github/workflows/actions.lock': lock,
    '.github/workflows/ci.yml': workflow('actions/checkout@v4.3.1'),
  }
  expect(await rules(files)).toEqual([
    'pin-check/unreadable .github/workflows/actions.lock',
    'pin-check/unpinned-action .github/workflows/ci.yml',
  ])
})
