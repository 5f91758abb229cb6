import { predicateType, statement, testResultStatement, type Verdict } from '@sluice/verdict'
import { beforeAll, describe, expect, test } from 'vitest'
import {
  conditionProblem,
  evaluateCondition,
  evaluatePolicy,
  parseDuration,
  type ResolvedRequirement,
} from '../src/index.js'
import { OTHER, type Party, party, SUBJECT, stored } from './keys.js'

const NOW = new Date('2026-03-03T12:00:00Z')
let gate: Party
let stranger: Party
beforeAll(() => {
  gate = party()
  stranger = party()
})

function result(
  verdict: Verdict,
  { check = 'pin-check', signedOn = '2026-03-03T11:00:00Z', subject = SUBJECT } = {},
) {
  const made = testResultStatement(subject, { check, verdict, configuration: [] })
  const [own] = made.predicate['configuration'] as [{ annotations: object }]
  const configuration = [{ ...own, annotations: { ...own.annotations, signedOn } }]
  return { ...made, predicate: { ...made.predicate, configuration } }
}

const required = (parts: Partial<ResolvedRequirement> = {}): ResolvedRequirement => ({
  predicate: 'test-result',
  check: 'pin-check',
  signedBy: gate.trust,
  ...parts,
})

const decide = async (requirement: ResolvedRequirement, ...bundles: Awaited<ReturnType<typeof stored>>[]) =>
  (await evaluatePolicy([requirement], bundles, { subject: SUBJECT.digest, now: NOW }))[0]!

test('a passing result of the right check by the right signer meets the requirement, and is named', async () => {
  const ruling = await decide(required({ maxAgeSeconds: 3600 }), await stored(result('pass'), gate, 'a.json'))
  expect(ruling).toMatchObject({
    state: 'met',
    requirement: 'test-result of pin-check',
    by: {
      location: 'a.json',
      bundle: expect.stringMatching(/^sha256:/),
      signer: expect.stringMatching(/^key /),
    },
  })
})

test('a warning passes too: the road went on', async () => {
  expect((await decide(required(), await stored(result('warn'), gate))).state).toBe('met')
})

describe('each way to fall short has its name', () => {
  test.each<
    [string, () => Promise<Awaited<ReturnType<typeof stored>>[]>, Partial<ResolvedRequirement>, object]
  >([
    ['nothing', async () => [], {}, { shortfall: 'missing' }],
    [
      'another check',
      async () => [await stored(result('pass', { check: 'model-scan' }), gate)],
      {},
      { shortfall: 'missing' },
    ],
    [
      'another predicate',
      async () => [await stored(statement(SUBJECT, predicateType('evaluation'), { verdict: 'pass' }), gate)],
      {},
      { shortfall: 'missing' },
    ],
    [
      'another signer',
      async () => [await stored(result('pass'), stranger)],
      {},
      { shortfall: 'refused', code: 'EVIDENCE_SIGNATURE_INVALID' },
    ],
    [
      'another subject',
      async () => [await stored(result('pass', { subject: OTHER }), gate)],
      {},
      { shortfall: 'refused', code: 'EVIDENCE_SUBJECT_MISMATCH' },
    ],
    [
      'age',
      async () => [await stored(result('pass', { signedOn: '2026-01-01T00:00:00Z' }), gate)],
      { maxAgeSeconds: 86_400 },
      { shortfall: 'refused', code: 'EVIDENCE_STALE' },
    ],
    [
      'a failed result',
      async () => [await stored(result('fail'), gate)],
      {},
      { shortfall: 'condition-false' },
    ],
    [
      'an inconclusive result',
      async () => [await stored(result('inconclusive'), gate)],
      {},
      { shortfall: 'condition-false' },
    ],
    [
      'a false condition',
      async () => [await stored(result('warn'), gate)],
      { when: 'predicate.result == "PASSED"' },
      { shortfall: 'condition-false' },
    ],
    [
      'a condition on what is not there',
      async () => [await stored(result('pass'), gate)],
      { when: 'predicate.metrics.auc > 0.7' },
      { shortfall: 'condition-error' },
    ],
    [
      'a condition that is no truth value',
      async () => [await stored(result('pass'), gate)],
      { when: 'predicate.result' },
      { shortfall: 'condition-error' },
    ],
  ])('%s', async (_, bundles, parts, expected) => {
    const ruling = await decide(required(parts), ...(await bundles()))
    expect(ruling).toMatchObject({ state: 'unmet', ...expected })
    expect('detail' in ruling && ruling.detail).toBeTruthy()
  })

  test('a changed byte', async () => {
    const bundle = await stored(result('pass'), gate)
    const text = Buffer.from(bundle.bytes).toString()
    const payload = /"payload":"([^"]+)"/.exec(text)![1]!
    const changed = Buffer.from(payload, 'base64')
      .toString()
      .replace('model-scan', 'x')
      .replace('PASSED', 'WARNED')
    const bytes = Buffer.from(text.replace(payload, Buffer.from(changed).toString('base64')))
    expect(await decide(required(), { ...bundle, bytes })).toMatchObject({
      code: 'EVIDENCE_SIGNATURE_INVALID',
    })
  })
})

test('the newest evidence decides: an old pass does not outlive a new failure, nor the other way round', async () => {
  const old = { signedOn: '2026-03-01T00:00:00Z' }
  expect(
    await decide(required(), await stored(result('pass', old), gate), await stored(result('fail'), gate)),
  ).toMatchObject({
    shortfall: 'condition-false',
  })
  expect(
    (await decide(required(), await stored(result('fail', old), gate), await stored(result('pass'), gate)))
      .state,
  ).toBe('met')
})

test('evidence that a stranger signed does not hide what the right signer signed', async () => {
  const bundles = [await stored(result('fail'), stranger), await stored(result('pass'), gate)]
  expect((await decide(required(), ...bundles)).state).toBe('met')
})

test.each<[string, object, 'met' | 'unmet']>([
  ['a scan that passed', { metadata: { verdict: 'pass' }, scanner: { result: [{ id: 'CVE-1' }] } }, 'met'],
  ['a scan that warned', { metadata: { verdict: 'warn' }, scanner: { result: [{ id: 'CVE-1' }] } }, 'met'],
  ['a scan that failed', { metadata: { verdict: 'fail' }, scanner: { result: [{ id: 'CVE-1' }] } }, 'unmet'],
  [
    'a scan that decided nothing',
    { metadata: { verdict: 'inconclusive' }, scanner: { result: [] } },
    'unmet',
  ],
  ['another scanner that found nothing', { metadata: {}, scanner: { result: [] } }, 'met'],
  ['another scanner that found something', { metadata: {}, scanner: { result: [{ id: 'CVE-1' }] } }, 'unmet'],
  ['a predicate without either', {}, 'unmet'],
])('without a condition of its own, vulns means no open finding: %s is %s', async (_, predicate, state) => {
  const bundle = await stored(
    statement(SUBJECT, 'https://in-toto.io/attestation/vulns/v0.2', predicate as Record<string, unknown>),
    gate,
  )
  expect((await decide({ predicate: 'vulns', signedBy: gate.trust }, bundle)).state).toBe(state)
})

test('evidence without a time must all hold', async () => {
  const evaluation = (verdict: string) => statement(SUBJECT, 'https://example.com/audit/v1', { verdict })
  const requirement = {
    predicate: 'https://example.com/audit/v1',
    signedBy: gate.trust,
    when: 'predicate.verdict == "pass"',
  }
  const both = [await stored(evaluation('pass'), gate), await stored(evaluation('fail'), gate)]
  expect((await decide(requirement, ...both)).state).toBe('unmet')
  expect((await decide(requirement, both[0]!)).state).toBe('met')
  expect(await decide({ ...requirement, maxAgeSeconds: 60 }, both[0]!)).toMatchObject({
    code: 'EVIDENCE_TIMESTAMP_MISSING',
  })
})

test('conditions: numbers compare, own members only, no unbounded matching', () => {
  const evaluate = (text: string, predicate: unknown) =>
    evaluateCondition(text, predicate, SUBJECT.digest).state
  expect(evaluate('predicate.n >= 3 && predicate.x < 0.5', { n: 3, x: 0.25 })).toBe('true')
  expect(evaluate('predicate.slices.all(s, s.ok)', { slices: [{ ok: true }, { ok: false }] })).toBe('false')
  expect(evaluate('has(predicate.constructor)', {})).toBe('false')
  expect(evaluate('predicate.constructor != null', {})).toBe('error')
  expect(evaluate('unknown == 1', {})).toBe('error')
  expect(conditionProblem('predicate.s.matches("(a+)+$")')).toContain('matches')
  expect(conditionProblem('1 + 1')).toContain('bool')
  expect(conditionProblem('predicate.x ==')).toBeTruthy()
  expect(conditionProblem(`${'!'.repeat(3000)}true`)).toBeTruthy()
  expect(conditionProblem('predicate.result == "PASSED"')).toBeUndefined()
})

test.each([
  ['90s', 90],
  ['30m', 1800],
  ['12h', 43_200],
  ['30d', 2_592_000],
  ['4w', 2_419_200],
  ['0d', undefined],
  ['-1d', undefined],
  ['1y', undefined],
  ['30', undefined],
])('%s is %s seconds', (text, seconds) => {
  expect(parseDuration(text)).toBe(seconds)
})
