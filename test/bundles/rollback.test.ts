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

const rollback = (inputs: Record<string, string> = {}) =>
  runner.run('rollback', { inputs: { environment: 'dev', key: 'release.pem', ...inputs } })
const tag = async () => (await (await here.repository('dev/model')).resolve('dev'))?.digest

async function promote(content: string): Promise<string> {
  const digest = await here.push(content)
  await here.attest(digest)
  const inputs = { subject: `${here.registry.host}/build/model@${digest}`, to: 'dev', key: 'release.pem' }
  expect((await runner.run('promote', { inputs })).code).toBe(0)
  return digest
}

test('goes back to the last good subject, and a second time refuses', async () => {
  const good = await promote('good')
  const bad = await promote('bad')
  const step = await rollback({ reason: 'late' })
  expect(step).toMatchObject({
    code: 0,
    outputs: { verdict: 'pass', digest: good, left: bad, record: 'ledger/dev/000003.json' },
  })
  expect(await tag()).toBe(good)
  const again = await rollback()
  expect([again.code, again.report.error.code]).toEqual([1, 'ROLLBACK_NO_TARGET'])
})

test('a record that was changed stops it', async () => {
  await promote('good')
  const bad = await promote('bad')
  await runner.write('ledger/dev/000001.json', '{}')
  const step = await rollback()
  expect([step.code, step.report.error.code]).toEqual([1, 'LEDGER_BROKEN'])
  expect(await tag()).toBe(bad)
})

describe('wrong input', () => {
  test.each<[string, Record<string, string>, number, string]>([
    ['no environment', { environment: '' }, 2, 'INPUT_MISSING'],
    ['an unknown environment', { environment: 'production' }, 2, 'ENVIRONMENT_UNKNOWN'],
    ['half a digest', { to: 'sha256:abc' }, 2, 'ROLLBACK_DIGEST'],
    ['a digest that never served', { to: `sha256:${'a'.repeat(64)}` }, 1, 'ROLLBACK_NEVER_SERVED'],
    ['an empty ledger', {}, 1, 'ROLLBACK_NO_TARGET'],
    ['a missing configuration', { config: 'none.yaml' }, 2, 'CONFIG_NOT_FOUND'],
  ])('%s', async (_, inputs, code, error) => {
    const step = await rollback(inputs)
    expect([step.code, step.report?.error?.code]).toEqual([code, error])
  })

  test('an unreachable registry', async () => {
    await promote('good')
    await promote('bad')
    await here.registry[Symbol.asyncDispose]()
    const step = await rollback()
    expect(step.code).toBe(3)
    expect(step.report.error.code).toMatch(/^(NETWORK|OCI)_/)
  })
})
