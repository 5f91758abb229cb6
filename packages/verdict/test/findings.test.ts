import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  applyWaivers,
  attestedVerdict,
  type Finding,
  fingerprint,
  parseSubject,
  resultOf,
  testResultStatement,
  VERDICTS,
  verdictOf,
  type Waiver,
  worst,
} from '../src/index.js'
import { anyFinding, findingWith } from './reports.js'

test.each([
  [[], 'pass'],
  [['note'], 'pass'],
  [['note', 'warning'], 'warn'],
  [['warning', 'unknown'], 'inconclusive'],
  [['unknown', 'error'], 'fail'],
] as const)('findings of the levels %j add up to %s', (levels, verdict) => {
  expect(verdictOf(levels.map((level) => findingWith({ level })))).toBe(verdict)
})

test('the worst of none is inconclusive, for nothing was examined', () => {
  expect(worst([])).toBe('inconclusive')
  expect(worst(['pass', 'inconclusive', 'warn'])).toBe('inconclusive')
  expect(worst([...VERDICTS])).toBe('fail')
})

test('no two lists of parts have one fingerprint by running into each other', () => {
  expect(fingerprint('ab', 'c')).not.toBe(fingerprint('a', 'bc'))
  fc.assert(
    fc.property(fc.array(fc.string()), fc.array(fc.string()), (a, b) => {
      expect(fingerprint(...a) === fingerprint(...b)).toBe(JSON.stringify(a) === JSON.stringify(b))
    }),
  )
})

const today = '2026-03-03'
const waiver = (parts: Partial<Waiver>): Waiver => ({
  rule: 'pins/unpinned',
  reason: 'known',
  owner: 'team',
  expires: '2026-03-03',
  ...parts,
})
const inFile = (file: string) => findingWith({ location: { file } })

test('a waiver holds on its last day, and then fails with a finding of its own', () => {
  expect(verdictOf(applyWaivers([findingWith({})], [waiver({})], { today }))).toBe('pass')
  const after = applyWaivers([findingWith({ level: 'warning' })], [waiver({})], { today: '2026-03-04' })
  expect(after).toMatchObject([{ level: 'warning' }, { rule: 'waiver/expired', level: 'error' }])
  expect(verdictOf(after)).toBe('fail')
})

test('an expired waiver of nothing is silent; one that another replaces is too', () => {
  const expired = waiver({ expires: '2020-01-01' })
  expect(applyWaivers([], [expired], { today })).toEqual([])
  expect(verdictOf(applyWaivers([findingWith({})], [expired, waiver({})], { today }))).toBe('pass')
})

test.each([
  [{ path: 'docker' }, 'docker/Dockerfile', true],
  [{ path: 'docker/' }, 'docker/Dockerfile', true],
  [{ path: 'docker/Dockerfile' }, 'docker/Dockerfile', true],
  [{ path: 'dock' }, 'docker/Dockerfile', false],
  [{ path: 'docker' }, 'other/docker/Dockerfile', false],
  [{ rule: 'pins/other' }, 'Dockerfile', false],
  [{}, 'Dockerfile', true],
])('a waiver of %j on %s: %s', (parts, file, waived) => {
  const [finding] = applyWaivers([inFile(file)], [waiver(parts)], { today })
  expect(finding?.waivedBy !== undefined).toBe(waived)
})

const measured = (loss: number, slice?: string) =>
  findingWith({ loss, ...(slice === undefined ? {} : { slice }) })
const acceptedIn = (findings: Finding[], parts: Partial<Waiver>) =>
  applyWaivers(findings, [waiver(parts)], { today })

test.each([
  [0.02, { greatestLoss: 0.02 }, undefined],
  [0.021, { greatestLoss: 0.02 }, 'waiver/loss-exceeded'],
  [Number.POSITIVE_INFINITY, { greatestLoss: 1e9 }, 'waiver/loss-exceeded'],
  [0.001, {}, 'waiver/too-broad'],
])('a loss of up to %d under a waiver of %j: %s', (loss, parts, problem) => {
  const [finding, ...others] = acceptedIn([measured(loss)], parts)
  expect(finding?.waivedBy !== undefined).toBe(problem === undefined)
  expect(others.map(({ rule, level }) => ({ rule, level }))).toEqual(
    problem === undefined ? [] : [{ rule: problem, level: 'error' }],
  )
})

test('a waiver of one slice accepts no other', () => {
  const findings = [measured(0.01, 'origin=ATL'), measured(0.01, 'origin=JFK')]
  const after = acceptedIn(findings, { slice: 'origin=ATL', greatestLoss: 0.02 })
  expect(after.map((finding) => finding.waivedBy !== undefined)).toEqual([true, false])
})

test('what was not measured is not accepted, and whoever tried is told', () => {
  const after = acceptedIn([findingWith({ waivable: false })], {})
  expect(after).toMatchObject([{ rule: 'pins/unpinned' }, { rule: 'waiver/not-waivable', level: 'error' }])
  expect(after[0]?.waivedBy).toBeUndefined()
})

test('a waiver of the check that accepts nothing is noted; those of other checks are not', () => {
  const waivers = [waiver({ path: 'gone' }), waiver({ rule: 'image/x' })]
  const after = applyWaivers([], waivers, { today, check: 'pins' })
  expect(after).toMatchObject([
    { rule: 'waiver/unused', level: 'note', message: expect.stringContaining('gone') },
  ])
})

test('evidence of what was accepted is a warning, not a pass', () => {
  const [accepted] = applyWaivers([findingWith({})], [waiver({})], { today })
  expect(attestedVerdict([accepted!])).toBe('warn')
  expect(attestedVerdict([])).toBe('pass')
  expect(attestedVerdict([accepted!, findingWith({})])).toBe('fail')
})

test('a waiver by fingerprint accepts that finding only', () => {
  const { rule: _, ...byFingerprint } = waiver({ fingerprint: 'b'.repeat(32) })
  const findings = [findingWith({ fingerprint: 'b'.repeat(32) }), findingWith({})]
  expect(
    applyWaivers(findings, [byFingerprint], { today }).map((finding) => finding.waivedBy !== undefined),
  ).toEqual([true, false])
})

test('waiving never hides a finding, and never makes a verdict worse while it holds', () => {
  fc.assert(
    fc.property(fc.array(anyFinding, { maxLength: 20 }), (findings) => {
      const waivers = findings.slice(0, 5).map(({ rule }) => waiver({ rule }))
      const after = applyWaivers(findings, waivers, { today })
      expect(after.map((finding) => finding.fingerprint)).toEqual(
        findings.map((finding) => finding.fingerprint),
      )
      expect(worst([verdictOf(after), verdictOf(findings)])).toBe(verdictOf(findings))
    }),
  )
})

test('an inconclusive check leaves FAILED evidence that says what it was', () => {
  const subject = parseSubject(`model@sha256:${'a'.repeat(64)}`)
  const statement = testResultStatement(subject, {
    check: 'pin-check',
    verdict: 'inconclusive',
    configuration: [],
  })
  expect(statement).toMatchObject({
    subject: [{ name: 'model', digest: { sha256: 'a'.repeat(64) } }],
    predicateType: 'https://in-toto.io/attestation/test-result/v0.1',
    predicate: { result: 'FAILED', configuration: [{ annotations: { verdict: 'inconclusive' } }] },
  })
})

test.each([
  'model',
  'model@sha256:abc',
  `model@sha512:${'a'.repeat(64)}`,
  `@sha256:${'a'.repeat(64)}`,
  `model@sha256:${'A'.repeat(64)}`,
])('%s names no subject', (text) => {
  expect(() => parseSubject(text)).toThrow(expect.objectContaining({ code: 'SUBJECT_MALFORMED' }))
})

test("a result's verdict follows from its findings unless it is given", () => {
  expect(resultOf({ headline: 'h', findings: [findingWith({})] }).verdict).toBe('fail')
  expect(resultOf({ headline: 'h', verdict: 'inconclusive' })).toMatchObject({
    verdict: 'inconclusive',
    statements: [],
  })
})
