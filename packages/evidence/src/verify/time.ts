import { PROJECT, type Statement, TEST_RESULT_TYPE } from '@sluice/verdict'
import { member } from '../member.js'
import { refusal } from '../refusal.js'

/** How far the clock of the machine that signed may run ahead, milliseconds. */
const CLOCK_SKEW = 5 * 60 * 1000

/** Where predicates carry the time of what they report, RFC 3339. */
const CLAIMS: Record<string, readonly string[]> = {
  'https://slsa.dev/provenance/v1': ['runDetails.metadata.finishedOn', 'runDetails.metadata.startedOn'],
  'https://slsa.dev/verification_summary/v1': ['timeVerified'],
  'https://in-toto.io/attestation/vulns/v0.2': ['metadata.scanFinishedOn', 'metadata.scanStartedOn'],
  'https://in-toto.io/attestation/svr/v0.1': ['timeCreated'],
  [TEST_RESULT_TYPE]: ['configuration.0.annotations.finishedAt', 'configuration.0.annotations.signedOn'],
}
/** Sluice's own predicate types use one of these. */
const OWN_CLAIMS = ['finishedAt', 'finishedOn', 'timeCreated', 'createdAt', 'signedOn']

/**
 * The time that a statement itself claims. It is the signer's word: whoever holds the key can write any time,
 * but nobody else can change it. RFC 3339, or undefined when the predicate carries none.
 */
export function claimedTime(statement: Statement): Date | undefined {
  for (const path of CLAIMS[statement.predicateType] ?? OWN_CLAIMS) {
    const text = member(statement.predicate, path)
    if (typeof text === 'string' && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/.test(text)) {
      const time = new Date(text)
      if (!Number.isNaN(time.getTime())) return time
    }
  }
  return undefined
}

/**
 * A statement with the time of signing, where its predicate has no member for a time and allows one to be added: in
 * Sluice's own types the member `signedOn`, in test results, whose members are fixed, the annotations of the check's
 * own entry. Others are left as they are.
 */
export function withSigningTime(statement: Statement, now: Date): Statement {
  const { predicate, predicateType } = statement
  const signedOn = now.toISOString()
  if (claimedTime(statement)) return statement
  if (predicateType.startsWith(`${PROJECT.predicates}/`))
    return { ...statement, predicate: { ...predicate, signedOn } }
  const configuration = predicate['configuration']
  if (predicateType !== TEST_RESULT_TYPE || !Array.isArray(configuration)) return statement
  const [own, ...others] = configuration as [{ annotations?: object } | undefined, ...unknown[]]
  if (own === undefined) return statement
  const stamped = { ...own, annotations: { ...own.annotations, signedOn } }
  return { ...statement, predicate: { ...predicate, configuration: [stamped, ...others] } }
}

/**
 * Refuses evidence that is too old, from the future, or of unknown age where age matters.
 * @param maxAgeSeconds inclusive; undefined accepts any age
 * @throws SluiceError EVIDENCE_STALE, EVIDENCE_FUTURE, EVIDENCE_TIMESTAMP_MISSING
 */
export function judgeAge(signedAt: Date | undefined, now: Date, maxAgeSeconds: number | undefined): void {
  if (signedAt === undefined) {
    if (maxAgeSeconds === undefined) return
    throw refusal(
      'EVIDENCE_TIMESTAMP_MISSING',
      `The evidence must be at most ${maxAgeSeconds} s old, and carries no time that could be judged.`,
    )
  }
  const age = now.getTime() - signedAt.getTime()
  if (age < -CLOCK_SKEW) {
    throw refusal(
      'EVIDENCE_FUTURE',
      `The evidence is from ${signedAt.toISOString()}, after now (${now.toISOString()}).`,
    )
  }
  if (maxAgeSeconds !== undefined && age > maxAgeSeconds * 1000) {
    throw refusal(
      'EVIDENCE_STALE',
      `The evidence is from ${signedAt.toISOString()}, ${Math.floor(age / 1000)} s old; at most ${maxAgeSeconds} s are accepted.`,
    )
  }
}
