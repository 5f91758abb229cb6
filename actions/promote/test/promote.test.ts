import { mkdtemp, readdir, readFile, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { folderLedger, readLedger, repositoryLedger } from '@sluice/promotion'
import { inputsWith, type TestContext, testContext } from '@sluice/toolkit/testing'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type World, world } from '../../../packages/promotion/test/world.js'
import { action } from '../src/action.js'

type Given = Partial<Parameters<typeof action.run>[0]>

let here: World
let context: TestContext
let storage: string
beforeEach(async () => {
  storage = await realpath(await mkdtemp(join(tmpdir(), 'sluice-registry-')))
  here = await world({ folder: storage })
  context = await testContext({ files: here.files, fetch: globalThis.fetch })
})
afterEach(async () => {
  await context[Symbol.asyncDispose]()
  await here[Symbol.asyncDispose]()
  await rm(storage, { recursive: true, force: true })
})

const run = (given: Given) => action.run(inputsWith(action, { key: 'release.pem', ...given }), context)
const candidate = () => `${here.registry.host}/build/model:candidate`
const ledger = (environment: string) =>
  readLedger(folderLedger(join(context.workspace.root, 'ledger')), environment, [here.release.trust])

/** Nothing may be left of a refused promotion: no tag, no record, no referrer that says otherwise. */
async function untouched(environment: string) {
  const target = await here.repository(`${environment}/model`)
  expect(await target.tags()).toEqual([])
  expect((await ledger(environment)).records).toEqual([])
}

test('walks from dev over staging to prod, each step on the record of the one before', async () => {
  const digest = await here.push('weights')
  await here.attest(digest)
  expect(await run({ subject: candidate(), to: 'dev' })).toMatchObject({
    verdict: 'pass',
    outputs: { digest, promoted: 'true' },
  })
  expect((await run({ subject: digest, to: 'staging' })).verdict).toBe('pass')
  expect((await run({ subject: digest, to: 'prod', from: 'staging' })).verdict).toBe('pass')
  const prod = await here.repository('prod/model')
  expect((await prod.resolve('prod'))?.digest).toBe(digest)
  const { records } = await ledger('prod')
  expect(records).toMatchObject([
    {
      kind: 'promotion',
      subject: { name: 'model', digest },
      predicate: {
        from: 'staging',
        serving: { digest },
        evidence: [{ requirement: 'test-result of pin-check' }],
      },
    },
  ])
  // The evidence and the records of all stages travelled along.
  expect(await prod.referrers(digest)).toHaveLength(4)
})

test('promoting twice changes nothing, and finishes what was cut short', async () => {
  const digest = await here.push('weights')
  await here.attest(digest)
  await run({ subject: candidate(), to: 'dev' })
  const dev = await here.repository('dev/model')
  const before = await dev.referrers(digest)
  await dev.deleteManifest?.('dev')
  const again = await run({ subject: candidate(), to: 'dev' })
  expect(again).toMatchObject({ verdict: 'pass', headline: expect.stringContaining('already') })
  expect((await ledger('dev')).records).toHaveLength(1)
  expect(await dev.referrers(digest)).toEqual(before)
  expect((await dev.resolve('dev'))?.digest).toBe(digest)
})

test('where a canary moves the traffic, the first subject serves at once and later ones do not', async () => {
  const yaml = here.files['sluice.yaml']!.replace(
    '    ledger: ledger',
    '    ledger: ledger\n    traffic: rollout',
  )
  await context.workspace.write('sluice.yaml', yaml)
  const digests = [await here.push('first'), await here.push('second')]
  for (const subject of digests) {
    await here.attest(subject)
    await run({ subject, to: 'dev', source: `${here.registry.host}/build/model` })
  }
  const { records } = await ledger('dev')
  expect(records.map(({ predicate }) => predicate.serving?.digest)).toEqual([digests[0], digests[0]])
  expect(records.map(({ predicate }) => predicate.previousSubject?.digest)).toEqual([undefined, digests[0]])
})

describe('refuses, and leaves nothing behind', () => {
  test.each<[string, (digest: string) => Promise<void>, string]>([
    ['missing evidence', async () => {}, 'promote/evidence-missing'],
    [
      'a failed check',
      (digest) => here.attest(digest, { verdict: 'fail' }),
      'promote/evidence-condition-false',
    ],
    [
      'evidence of another signer',
      (digest) => here.attest(digest, { by: here.stranger }),
      'promote/evidence-refused',
    ],
    [
      'stale evidence',
      (digest) => here.attest(digest, { signedOn: '2026-01-01T00:00:00Z' }),
      'promote/evidence-refused',
    ],
    [
      'evidence from the future',
      (digest) => here.attest(digest, { signedOn: '2027-01-01T00:00:00Z' }),
      'promote/evidence-refused',
    ],
    [
      'evidence of another check',
      (digest) => here.attest(digest, { check: 'model-scan' }),
      'promote/evidence-missing',
    ],
  ])('%s', async (_, prepare, rule) => {
    const digest = await here.push('weights')
    await prepare(digest)
    const result = await run({ subject: candidate(), to: 'dev' })
    expect(result).toMatchObject({
      verdict: 'fail',
      findings: [{ rule }],
      outputs: { promoted: 'false', record: '' },
    })
    await untouched('dev')
  })

  test('evidence about another digest', async () => {
    await here.attest(await here.push('other', 'other'))
    await here.push('weights')
    expect((await run({ subject: candidate(), to: 'dev' })).findings).toMatchObject([
      { rule: 'promote/evidence-missing' },
    ])
    await untouched('dev')
  })

  test('a stage that was skipped', async () => {
    const digest = await here.push('weights')
    await here.attest(digest)
    const result = await run({ subject: candidate(), to: 'staging' })
    expect(result).toMatchObject({ verdict: 'fail', findings: [{ rule: 'promote/stage-skipped' }] })
    await untouched('staging')
  })

  test('a byte that was changed in the registry, though no byte would have to be copied', async () => {
    const digest = await here.push('weights that matter')
    await here.attest(digest)
    const { bytes } = await (await here.repository('build/model')).manifest(digest)
    const [layer] = JSON.parse(Buffer.from(bytes).toString()).layers
    const file = join(storage, 'blobs/sha256', layer.digest.slice('sha256:'.length))
    await writeFile(file, (await readFile(file, 'utf8')).replace('matter', 'mutter'))
    await expect(run({ subject: candidate(), to: 'dev' })).rejects.toMatchObject({
      code: 'OCI_DIGEST_MISMATCH',
      kind: 'refused',
    })
    await untouched('dev')
  })

  test('a ledger that was tampered with', async () => {
    const digest = await here.push('weights')
    await here.attest(digest)
    await run({ subject: candidate(), to: 'dev' })
    const file = join(context.workspace.root, 'ledger/dev/000001.json')
    await writeFile(file, (await readFile(file, 'utf8')).replace('"sig":"M', '"sig":"N'))
    await expect(run({ subject: digest, to: 'staging' })).rejects.toMatchObject({ code: 'LEDGER_BROKEN' })
    await untouched('staging')
  })

  test('a ledger whose newest record was removed, though what is left holds', async () => {
    const source = `${here.registry.host}/build/model`
    const first = await here.push('first')
    const second = await here.push('second')
    for (const subject of [first, second]) {
      await here.attest(subject)
      await run({ subject, to: 'dev', source })
    }
    await rm(join(context.workspace.root, 'ledger/dev/000002.json'))
    const third = await here.push('third')
    await here.attest(third)
    const refused = { code: 'LEDGER_BROKEN', message: expect.stringContaining('lacks record 2') }
    await expect(run({ subject: third, to: 'dev', source })).rejects.toMatchObject(refused)
    await expect(run({ subject: first, to: 'staging' })).rejects.toMatchObject(refused)
    await untouched('staging')
  })

  test('a key whose records nobody would believe', async () => {
    const digest = await here.push('weights')
    await here.attest(digest)
    await expect(run({ subject: candidate(), to: 'dev', key: 'stranger.pem' })).rejects.toMatchObject({
      code: 'LEDGER_SIGNER',
    })
    await untouched('dev')
    expect(await (await here.repository('dev/model')).resolve(digest)).toBeUndefined()
  })

  test('a dry run, though it would pass', async () => {
    const digest = await here.push('weights')
    await here.attest(digest)
    const result = await run({ subject: candidate(), to: 'dev', dryRun: true })
    expect(result).toMatchObject({ verdict: 'pass', outputs: { promoted: 'false' } })
    await untouched('dev')
    expect(await readdir(context.workspace.root)).not.toContain('ledger')
  })
})

test('a tag that somebody moved by hand is said', async () => {
  const first = await here.push('first')
  const second = await here.push('second')
  for (const digest of [first, second]) await here.attest(digest)
  await run({ subject: first, to: 'dev', source: `${here.registry.host}/build/model` })
  const dev = await here.repository('dev/model')
  const byHand = Buffer.from(
    '{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[]}',
  )
  await dev.putManifest(byHand, 'application/vnd.oci.image.index.v1+json', 'dev')
  const result = await run({ subject: second, to: 'dev', source: `${here.registry.host}/build/model` })
  expect(result).toMatchObject({ verdict: 'warn', findings: [{ rule: 'promote/tag-unexplained' }] })
})

test.each([
  ['in a folder', false],
  ['in the registry', true],
])(
  'of two promotions at once, with the ledger %s, the tag agrees with the ledger',
  async (_, ledgerInRegistry) => {
    await using there = await world({ ledgerInRegistry })
    await using surroundings = await testContext({ files: there.files, fetch: globalThis.fetch })
    const digests = [await there.push('one'), await there.push('two')]
    for (const digest of digests) await there.attest(digest)
    const source = `${there.registry.host}/build/model`
    const results = await Promise.allSettled(
      digests.map((subject) =>
        action.run(inputsWith(action, { subject, to: 'dev', source, key: 'release.pem' }), surroundings),
      ),
    )
    const target = await there.repository('dev/model')
    const store = ledgerInRegistry
      ? repositoryLedger(target)
      : folderLedger(join(surroundings.workspace.root, 'ledger'))
    const { records } = await readLedger(store, 'dev', [there.release.trust])
    expect((await target.resolve('dev'))?.digest).toBe(records.at(-1)!.subject.digest)
    expect(results.filter(({ status }) => status === 'fulfilled').length).toBe(records.length)
  },
)

describe('wrong input', () => {
  test.each<[string, Given, string, string]>([
    ['an unknown environment', { subject: 'sha256:x', to: 'prd' }, 'ENVIRONMENT_UNKNOWN', 'usage'],
    ['another stage before', { subject: 'sha256:x', to: 'prod', from: 'dev' }, 'PROMOTION_FROM', 'usage'],
    [
      'a digest without a place',
      { subject: `sha256:${'a'.repeat(64)}`, to: 'dev' },
      'PROMOTION_NO_SOURCE',
      'usage',
    ],
    ['half a digest', { subject: 'sha256:abc', to: 'staging' }, 'PROMOTION_DIGEST', 'usage'],
    ['a missing key', { key: 'none.pem' }, 'FILE_NOT_FOUND', 'usage'],
    [
      'an absent subject',
      { subject: `sha256:${'a'.repeat(64)}`, to: 'staging' },
      'OCI_NOT_FOUND',
      'surroundings',
    ],
  ])('%s', async (_, given, code, kind) => {
    const digest = await here.push('weights')
    await here.attest(digest)
    await expect(run({ subject: candidate(), to: 'dev', ...given })).rejects.toMatchObject({ code, kind })
    await untouched('dev')
  })
})
