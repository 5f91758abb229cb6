import { rm } from 'node:fs/promises'
import { serving } from '@sluice/promotion'
import { inputsWith } from '@sluice/toolkit/testing'
import { describe, expect, test } from 'vitest'
import { action } from '../src/action.js'
import { ENVIRONMENTS, keyPair, NEW, OLD, PROMOTED } from './furnish.js'
import { SECTION, startTown, type TownOptions } from './town.js'

const REST = { stable: 100, canary: 0 }
const named = (subject: typeof OLD) => `${subject.name}@${subject.digest}`
const both = { subject: named(NEW), previous: named(OLD), environment: 'prod' }
const inLedger = { yaml: SECTION + ENVIRONMENTS, ledger: PROMOTED }

async function run(
  options: TownOptions,
  given: Record<string, unknown> = {},
  prepare: (town: Awaited<ReturnType<typeof startTown>>) => unknown = () => {},
) {
  await using town = await startTown(options)
  const replaced = (await prepare(town)) as { signal?: AbortSignal } | undefined
  const inputs = inputsWith(action, { ...both, socket: town.socket, backend: 'models', ...given })
  const outcome = await action.run(inputs, { ...town.context, ...replaced }).then(
    (result) => ({ result, error: undefined }),
    (error: unknown) => ({ result: undefined, error }),
  )
  const ledger = await town.prod?.readLedger()
  return { ...outcome, weights: await town.weights(), ledger }
}

describe('without environments in sluice.yaml', () => {
  test('a healthy canary is promoted, and the statement is left to be signed', async () => {
    const { result, weights } = await run({})
    expect(result).toMatchObject({
      verdict: 'pass',
      outputs: { outcome: 'promoted', cause: 'complete', record: '' },
      statements: [
        {
          subject: [{ digest: { sha256: NEW.digest.slice(7) } }],
          predicate: { environment: 'prod', serving: NEW },
        },
      ],
    })
    expect(result!.headline).toMatch(
      /has all traffic of `prod`: no evidence of harm in \d+ canary requests with \d+ errors/,
    )
    expect(Number(result!.outputs['canary-requests'])).toBeGreaterThan(1000)
    expect(weights).toEqual({ stable: 0, canary: 100 })
  })

  test('a promotion that could not be certified says so', async () => {
    const { result } = await run({}, { steps: ['5 1m 10'] })
    expect(result).toMatchObject({
      verdict: 'pass',
      outputs: { certified: 'false' },
      findings: [{ rule: 'canary/not-certified', level: 'note' }],
    })
    expect(result!.headline).toContain('not certified')
  })

  test('a canary with 3 % errors is rolled back', async () => {
    const { result, weights } = await run({ canaryErrors: 0.03 })
    expect(result).toMatchObject({
      verdict: 'fail',
      outputs: { outcome: 'rolled-back', cause: 'harm' },
      findings: [{ rule: 'canary/harm', level: 'error' }],
      statements: [{ predicate: { outcome: 'rolled-back', serving: OLD } }],
    })
    expect(result!.headline).toContain(`is back on ${OLD.digest.slice(0, 19)}`)
    expect(weights).toEqual(REST)
  })

  test('a signal in the middle brings the weights back, undecided', async () => {
    const { result, weights } = await run({}, {}, ({ context }) => {
      const controller = new AbortController()
      const sleep = context.clock.sleep
      context.clock.sleep = async (milliseconds, signal) => {
        if (context.slept() > 200_000) controller.abort()
        await sleep(milliseconds, signal)
      }
      return { signal: controller.signal }
    })
    expect(result).toMatchObject({
      verdict: 'inconclusive',
      outputs: { outcome: 'rolled-back', cause: 'interrupted' },
    })
    expect(weights).toEqual(REST)
  })
})

describe('with a ledger', () => {
  const key = { key: 'release.key', previous: undefined }

  test('after a promoted rollout the new digest serves', async () => {
    const { result, ledger } = await run(inLedger, key)
    expect(result).toMatchObject({
      verdict: 'pass',
      statements: [],
      outputs: { record: 'ledger/prod/000003.json' },
    })
    expect(serving(ledger!)).toEqual(NEW)
    expect(ledger!.records.at(-1)).toMatchObject({
      kind: 'rollout',
      subject: NEW,
      predicate: { outcome: 'promoted', verdict: 'pass', previousSubject: OLD, cause: 'complete' },
    })
  })

  test('after a rollback the old digest serves, and the ledger says why', async () => {
    const { result, ledger } = await run({ ...inLedger, canaryErrors: 0.03 }, key)
    expect(result).toMatchObject({ verdict: 'fail', statements: [] })
    expect(serving(ledger!)).toEqual(OLD)
    expect(ledger!.records.at(-1)).toMatchObject({
      subject: NEW,
      predicate: { outcome: 'rolled-back', cause: 'harm' },
    })
  })

  test('the record names the evidence that was relied upon', async () => {
    const { ledger } = await run(inLedger, key)
    const record = ledger!.records.at(-1)!
    expect(record.predicate.evidence).toMatchObject([{ requirement: 'test-result of pin-check' }])
  })

  test('evidence that does not hold keeps all traffic where it is', async () => {
    const { result, weights, ledger } = await run({ ...inLedger, attested: false }, key)
    expect(result).toMatchObject({
      verdict: 'fail',
      outputs: { outcome: '', record: '' },
      findings: [{ rule: 'canary/evidence-missing', level: 'error' }],
      statements: [],
    })
    expect(weights).toEqual(REST)
    expect(ledger!.records).toHaveLength(2)
  })

  test('a rollback that somebody removed from the ledger is seen, for it stands with its subject', async () => {
    await using town = await startTown({ ...inLedger, canaryErrors: 0.03 })
    const inputs = inputsWith(action, { ...both, ...key, socket: town.socket, backend: 'models' })
    expect((await action.run(inputs, town.context)).verdict).toBe('fail')
    await rm(await town.context.workspace.resolve('ledger/prod/000003.json'))
    await expect(action.run(inputs, town.context)).rejects.toMatchObject({ code: 'LEDGER_BROKEN' })
  })

  test('a subject that was rolled back needs a new promotion', async () => {
    await using town = await startTown({ ...inLedger, canaryErrors: 0.03 })
    const inputs = inputsWith(action, { ...both, ...key, socket: town.socket, backend: 'models' })
    expect((await action.run(inputs, town.context)).verdict).toBe('fail')
    await expect(action.run(inputs, town.context)).rejects.toMatchObject({
      code: 'CANARY_NOT_PROMOTED',
      kind: 'refused',
    })
  })

  test('a record that cannot be written is reported, and its statement is not lost', async () => {
    await using town = await startTown(inLedger)
    const { context } = town
    const sleep = context.clock.sleep
    context.clock.sleep = async (milliseconds, signal) => {
      // Somebody deletes the first record while traffic moves.
      await context.workspace.write('ledger/prod/000001.json', '{}')
      await sleep(milliseconds, signal)
    }
    const result = await action.run(
      inputsWith(action, { ...both, ...key, socket: town.socket, backend: 'models' }),
      context,
    )
    expect(result).toMatchObject({
      verdict: 'inconclusive',
      outputs: { outcome: 'promoted', record: '' },
      findings: expect.arrayContaining([
        expect.objectContaining({ rule: 'canary/record-not-kept', level: 'unknown' }),
      ]),
      statements: [{ predicate: { outcome: 'promoted' } }],
    })
    expect(await town.weights()).toEqual({ stable: 0, canary: 100 })
  })
})

describe('nothing moves when', () => {
  const other = { name: 'flight-delays', digest: `sha256:${'c'.repeat(64)}` }
  test.each<[string, TownOptions, Record<string, unknown>, string]>([
    [
      'the subject was never promoted',
      inLedger,
      { subject: named(other), key: 'release.key' },
      'CANARY_NOT_PROMOTED',
    ],
    [
      'the subject serves already',
      inLedger,
      { subject: named(OLD), previous: undefined, key: 'release.key' },
      'CANARY_ALREADY_SERVING',
    ],
    [
      'the ledger disagrees about what serves',
      inLedger,
      { previous: named(other), key: 'release.key' },
      'CANARY_PREVIOUS_MISMATCH',
    ],
    [
      'the environment is unknown',
      inLedger,
      { environment: 'production', key: 'release.key' },
      'ENVIRONMENT_UNKNOWN',
    ],
    ['nobody can sign', inLedger, {}, 'OIDC_TOKEN_UNAVAILABLE'],
    ['the key is not there', inLedger, { key: 'none.key' }, 'FILE_NOT_FOUND'],
    ['nobody knows what serves', {}, { previous: undefined }, 'CANARY_PREVIOUS_UNKNOWN'],
    ['the subject has no digest', {}, { subject: 'flight-delays:latest' }, 'SUBJECT_MALFORMED'],
    ['there is no traffic provider', {}, { backend: undefined }, 'CANARY_TRAFFIC_MISSING'],
    [
      'there are no metrics',
      { yaml: 'rollout: { steps: [{ weight: 5, seconds: 9 }] }' },
      {},
      'CANARY_METRICS_MISSING',
    ],
    [
      'one arm has no metrics',
      { yaml: '' },
      { stableMetrics: ['http://127.0.0.1:1/stable'] },
      'CANARY_METRICS_MISSING',
    ],
    [
      'two sources are configured',
      {
        yaml: `${SECTION}    prometheus: { url: 'http://127.0.0.1:1', stable: { v: a }, canary: { v: b } }\n`,
      },
      {},
      'CANARY_METRICS_AMBIGUOUS',
    ],
    ['both arms select the same series', {}, { prometheusUrl: 'http://127.0.0.1:1' }, 'CANARY_ARMS_OVERLAP'],
    ['a step is no step', {}, { steps: ['5 ten minutes'] }, 'CANARY_STEPS_MALFORMED'],
    ['the steps fall', {}, { steps: ['9 1m', '5 1m'] }, 'ROLLOUT_STEPS_INVALID'],
    [
      'there are no steps',
      { yaml: '' },
      { stableMetrics: ['http://x/'], canaryMetrics: ['http://y/'] },
      'ROLLOUT_STEPS_INVALID',
    ],
    ['the backend is unknown', {}, { backend: 'other' }, 'TRAFFIC_NO_BACKEND'],
    [
      'the servers are swapped',
      {},
      { stableServer: 'canary', canaryServer: 'stable' },
      'TRAFFIC_NOT_AT_REST',
    ],
    ['the socket leads out of the folder', {}, { socket: '../h.sock' }, 'PATH_OUTSIDE_WORKSPACE'],
    ['the socket is on another machine', {}, { socket: '10.0.0.1:9999' }, 'TRAFFIC_ADDRESS_INVALID'],
    ['a key of sluice.yaml is misspelt', { yaml: 'rollout: { step: [] }' }, {}, 'CONFIG_UNKNOWN_KEY'],
  ])('%s', async (_, options, given, code) => {
    const { error, weights } = await run(options, given)
    expect(error).toMatchObject({ code, remedy: expect.any(String) })
    expect(weights).toEqual(REST)
  })

  test('the record would not be believed', async () => {
    const { error, weights } = await run(inLedger, { key: 'other.key' }, ({ context }) =>
      context.workspace.write('other.key', keyPair().privateKey).then(() => undefined),
    )
    expect(error).toMatchObject({ code: 'CANARY_SIGNER' })
    expect(weights).toEqual(REST)
  })

  test('the ledger is broken', async () => {
    await using town = await startTown(inLedger)
    await town.context.workspace.write('ledger/prod/000001.json', '{}')
    const inputs = inputsWith(action, { ...both, key: 'release.key', socket: town.socket, backend: 'models' })
    await expect(action.run(inputs, town.context)).rejects.toMatchObject({ code: 'LEDGER_BROKEN' })
    expect(await town.weights()).toEqual(REST)
  })
})
