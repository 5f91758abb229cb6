import { expect, test } from 'vitest'
import { predicateType, statement, testResultStatement, withOccasion } from '../src/index.js'

const subject = { name: 'model', digest: `sha256:${'ab'.repeat(32)}` }
const finishedAt = '2026-03-03T12:00:00.000Z'

test('a test result says among its own annotations when the check ended, and keeps the rest', () => {
  const made = testResultStatement(subject, {
    check: 'pin-check',
    verdict: 'pass',
    configuration: [{ name: 'policy' }],
  })
  const timed = withOccasion(made, { finishedAt, attempt: 2 })
  expect(timed.predicate['configuration']).toEqual([
    { name: 'sluice/pin-check', annotations: { verdict: 'pass', finishedAt, attempt: 2 } },
    { name: 'policy' },
  ])
  expect(timed.subject).toEqual(made.subject)
})

test('a type of our own says it as a member, and a time that is there stays', () => {
  const type = predicateType('evaluation')
  expect(withOccasion(statement(subject, type, { rows: 1 }), { finishedAt }).predicate).toEqual({
    rows: 1,
    finishedAt,
  })
  const earlier = statement(subject, type, { finishedAt: '2026-01-01T00:00:00Z' })
  expect(withOccasion(earlier, { finishedAt })).toBe(earlier)
})

test('what others define is left alone', () => {
  const vulns = statement(subject, 'https://in-toto.io/attestation/vulns/v0.2', { metadata: {} })
  expect(withOccasion(vulns, { finishedAt })).toBe(vulns)
})
