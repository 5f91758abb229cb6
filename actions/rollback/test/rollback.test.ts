import { mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { folderLedger, readLedger, servedAt } from '@sluice/promotion'
import { inputsWith, type TestContext, testContext } from '@sluice/toolkit/testing'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type World, world } from '../../../packages/promotion/test/world.js'
import { action as promotion } from '../../promote/src/action.js'
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

const run = (given: Given = {}) =>
  action.run(inputsWith(action, { environment: 'dev', key: 'release.pem', ...given }), context)
const ledger = () =>
  readLedger(folderLedger(join(context.workspace.root, 'ledger')), 'dev', [here.release.trust])
const tag = async () => (await (await here.repository('dev/model')).resolve('dev'))?.digest

async function promote(content: string): Promise<string> {
  const digest = await here.push(content)
  await here.attest(digest)
  const given = {
    subject: digest,
    to: 'dev',
    key: 'release.pem',
    source: `${here.registry.host}/build/model`,
  }
  expect((await promotion.run(inputsWith(promotion, given), context)).verdict).toBe('pass')
  await context.clock.sleep(60_000)
  return digest
}

test('goes back to the last good subject; registry and ledger say so', async () => {
  const good = await promote('good')
  const bad = await promote('bad')
  expect(await tag()).toBe(bad)
  const result = await run({ reason: 'errors at ATL' })
  expect(result).toMatchObject({ verdict: 'pass', outputs: { digest: good, left: bad } })
  expect(await tag()).toBe(good)
  const { records } = await ledger()
  expect(records.at(-1)).toMatchObject({
    kind: 'rollback',
    subject: { digest: good },
    predicate: { previousSubject: { digest: bad }, reason: 'errors at ATL' },
  })
  expect(servedAt(await ledger(), context.clock.now())?.subject.digest).toBe(good)
})

test('a second rollback does not return to what was rolled back from', async () => {
  await promote('good')
  await promote('bad')
  await run()
  await expect(run()).rejects.toMatchObject({ code: 'ROLLBACK_NO_TARGET', kind: 'refused' })
})

test('a named digest must have served; naming it again finishes what was cut short', async () => {
  const first = await promote('first')
  await promote('second')
  await promote('third')
  await expect(run({ to: `sha256:${'a'.repeat(64)}` })).rejects.toMatchObject({
    code: 'ROLLBACK_NEVER_SERVED',
  })
  expect((await run({ to: first })).outputs['digest']).toBe(first)
  await (await here.repository('dev/model')).deleteManifest?.('dev')
  expect((await run({ to: first })).headline).toContain('already')
  expect(await tag()).toBe(first)
  expect((await ledger()).records).toHaveLength(4)
})

test('old evidence does not keep from going back, for it was fresh when it had to be', async () => {
  const good = await promote('good')
  await promote('bad')
  await context.clock.sleep(90 * 86_400_000)
  expect((await run()).outputs['digest']).toBe(good)
})

describe('refuses, and changes nothing', () => {
  test('a subject whose check failed since', async () => {
    const good = await promote('good')
    const bad = await promote('bad')
    const { attest } = here
    await attest(good, { verdict: 'fail', signedOn: '2026-03-03T11:59:00Z' })
    const dev = await here.repository('dev/model')
    const build = await here.repository('build/model')
    const { copyClosure } = await import('@sluice/oci')
    await copyClosure(build, good, dev)
    const result = await run()
    expect(result).toMatchObject({
      verdict: 'fail',
      findings: [{ rule: 'rollback/evidence-condition-false' }],
    })
    expect(await tag()).toBe(bad)
    expect((await ledger()).records).toHaveLength(2)
  })

  test('a changed byte', async () => {
    const good = await promote('good weights')
    const bad = await promote('bad')
    const { bytes } = await (await here.repository('dev/model')).manifest(good)
    const [layer] = JSON.parse(Buffer.from(bytes).toString()).layers
    const file = join(storage, 'blobs/sha256', layer.digest.slice('sha256:'.length))
    await writeFile(file, (await readFile(file, 'utf8')).replace('good', 'gone'))
    await expect(run()).rejects.toMatchObject({ code: 'OCI_DIGEST_MISMATCH' })
    expect(await tag()).toBe(bad)
    expect((await ledger()).records).toHaveLength(2)
  })

  test('a dry run', async () => {
    await promote('good')
    const bad = await promote('bad')
    expect((await run({ dryRun: true })).verdict).toBe('pass')
    expect(await tag()).toBe(bad)
  })

  test.each<[string, Given, string]>([
    ['an unknown environment', { environment: 'production' }, 'ENVIRONMENT_UNKNOWN'],
    ['an empty ledger', {}, 'ROLLBACK_NO_TARGET'],
    ['half a digest', { to: 'sha256:abc' }, 'ROLLBACK_DIGEST'],
  ])('%s', async (_, given, code) => {
    await expect(run(given)).rejects.toMatchObject({ code })
  })
})
