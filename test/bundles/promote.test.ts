import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type World, world } from '../../packages/promotion/test/world.js'
import { type Runner, startRunner } from './rig.js'

let here: World
let runner: Runner
beforeEach(async () => {
  here = await world({ signedOn: new Date(Date.now() - 60_000).toISOString() })
  runner = await startRunner(here.files)
})
afterEach(async () => {
  await runner[Symbol.asyncDispose]()
  await here[Symbol.asyncDispose]()
})

const promote = (inputs: Record<string, string>) =>
  runner.run('promote', { inputs: { key: 'release.pem', ...inputs } })
const candidate = () => `${here.registry.host}/build/model:candidate`
const tags = async (environment: string) => (await here.repository(`${environment}/model`)).tags()

test('promotes from stage to stage what its evidence vouches for', async () => {
  const digest = await here.push('weights')
  await here.attest(digest)
  const first = await promote({ subject: candidate(), to: 'dev' })
  expect(first).toMatchObject({
    code: 0,
    outputs: { verdict: 'pass', digest, promoted: 'true', record: 'ledger/dev/000001.json' },
  })
  expect(first.outputs['reference']).toBe(`${here.registry.host}/dev/model@${digest}`)
  expect((await promote({ subject: digest, to: 'staging' })).code).toBe(0)
  expect((await promote({ subject: digest, to: 'prod' })).code).toBe(0)
  expect((await (await here.repository('prod/model')).resolve('prod'))?.digest).toBe(digest)
})

test('repeating a promotion is safe', async () => {
  await here.attest(await here.push('weights'))
  await promote({ subject: candidate(), to: 'dev' })
  const again = await promote({ subject: candidate(), to: 'dev' })
  expect(again).toMatchObject({ code: 0, outputs: { record: 'ledger/dev/000001.json' } })
})

describe('refuses with exit code 1 and leaves no tag', () => {
  test.each<[string, (digest: string) => Promise<void>, string]>([
    ['nothing signed', async () => {}, 'promote/evidence-missing'],
    [
      'signed by a stranger',
      (digest) => here.attest(digest, { by: here.stranger }),
      'promote/evidence-refused',
    ],
    [
      'stale',
      (digest) => here.attest(digest, { signedOn: '2020-01-01T00:00:00Z' }),
      'promote/evidence-refused',
    ],
    ['failed', (digest) => here.attest(digest, { verdict: 'fail' }), 'promote/evidence-condition-false'],
  ])('%s', async (_, prepare, rule) => {
    await prepare(await here.push('weights'))
    const step = await promote({ subject: candidate(), to: 'dev' })
    expect(step).toMatchObject({ code: 1, outputs: { verdict: 'fail', promoted: 'false' } })
    expect(step.report.findings[0].rule).toBe(rule)
    expect(await tags('dev')).toEqual([])
  })

  test('a stage skipped', async () => {
    const digest = await here.push('weights')
    await here.attest(digest)
    const step = await promote({ subject: candidate(), to: 'prod' })
    expect(step.code).toBe(1)
    expect(step.report.findings[0].rule).toBe('promote/stage-skipped')
    expect(await tags('prod')).toEqual([])
  })
})

describe('wrong input', () => {
  test.each<[string, Record<string, string>, number, string]>([
    ['no subject', { subject: '' }, 2, 'INPUT_MISSING'],
    ['an unknown environment', { to: 'production' }, 2, 'ENVIRONMENT_UNKNOWN'],
    ['a missing configuration', { config: 'none.yaml' }, 2, 'CONFIG_NOT_FOUND'],
    ['a missing key', { key: 'none.pem' }, 2, 'FILE_NOT_FOUND'],
    ['no key and no identity', { key: '' }, 2, 'OIDC_TOKEN_UNAVAILABLE'],
    ['a reference that is none', { subject: 'Not A Reference' }, 2, 'OCI_REFERENCE_MALFORMED'],
    ['an absent subject', { subject: `sha256:${'a'.repeat(64)}`, to: 'staging' }, 3, 'OCI_NOT_FOUND'],
  ])('%s', async (_, inputs, code, error) => {
    await here.attest(await here.push('weights'))
    const step = await promote({ subject: candidate(), to: 'dev', ...inputs })
    expect([step.code, step.report?.error?.code]).toEqual([code, error])
    expect(step.report.error.remedy).toBeTruthy()
    expect(await tags('dev')).toEqual([])
  })

  test('an unreachable registry', async () => {
    const step = await promote({ subject: `127.0.0.1:1/build/model@sha256:${'a'.repeat(64)}`, to: 'dev' })
    expect(step.code).toBe(3)
    expect(step.report.error.code).toMatch(/^(NETWORK|OCI)_/)
  })

  test('a malformed section names its line', async () => {
    await runner.write('sluice.yaml', 'environments:\n  dev:\n    target: x/y\n    requires: []\n')
    const step = await promote({ subject: candidate(), to: 'dev' })
    expect(step).toMatchObject({ code: 2 })
    expect(step.report.error).toMatchObject({ code: 'CONFIG_INVALID', at: { file: 'sluice.yaml' } })
  })
})
