import { predicateType, statement, TEST_RESULT_TYPE, testResultStatement } from '@sluice/verdict'
import { expect, test } from 'vitest'
import { claimedTime, modelStatement, withSigningTime } from '../../src/index.js'

const subject = { name: 'model', digest: `sha256:${'ab'.repeat(32)}` }
const now = new Date('2026-03-03T12:00:00Z')
const tree = {
  name: 'm',
  root: '/m',
  files: [{ path: 'w', sha256: 'ab'.repeat(32), size: 1 }],
  ignored: [],
  digest: '',
  hashing: { algorithm: 'sha256' as const },
  resources: [{ name: 'w', digest: 'ab'.repeat(32) }],
}

test.each([
  [
    'https://slsa.dev/provenance/v1',
    { runDetails: { metadata: { startedOn: '2020-01-01T00:00:00Z', finishedOn: '2026-01-01T00:00:00Z' } } },
  ],
  ['https://slsa.dev/verification_summary/v1', { timeVerified: '2026-01-01T00:00:00Z' }],
  [
    'https://in-toto.io/attestation/vulns/v0.2',
    { metadata: { scanFinishedOn: '2026-01-01T01:00:00+01:00' } },
  ],
  [predicateType('promotion'), { createdAt: '2026-01-01T00:00:00Z' }],
])('%s says when it was made', (type, predicate) => {
  expect(claimedTime(statement(subject, type, predicate))?.toISOString()).toBe('2026-01-01T00:00:00.000Z')
})

test.each(['yesterday', '2026-01-01', '2026-13-01T00:00:00Z', 1, null])('%j is no time', (createdAt) => {
  expect(claimedTime(statement(subject, predicateType('promotion'), { createdAt }))).toBeUndefined()
})

test.each([
  [
    'a test result',
    testResultStatement(subject, { check: 'pins', verdict: 'pass', configuration: [{ name: 'policy' }] }),
  ],
  ['an evaluation', statement(subject, predicateType('evaluation'), { verdict: 'pass' })],
])('%s gets the time of signing, once', (_what, given) => {
  const stamped = withSigningTime(given, now)
  expect(claimedTime(given)).toBeUndefined()
  expect(claimedTime(stamped)).toEqual(now)
  expect(withSigningTime(stamped, new Date(0))).toBe(stamped)
  expect(given).not.toBe(stamped)
})

test('what allows no further member is left as it is', () => {
  for (const given of [
    modelStatement(tree),
    statement(subject, TEST_RESULT_TYPE, {}),
    statement(subject, TEST_RESULT_TYPE, { configuration: [] }),
  ]) {
    expect(withSigningTime(given, now)).toBe(given)
  }
})
