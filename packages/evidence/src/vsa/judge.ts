import type { Statement } from '@sluice/verdict'
import * as v from 'valibot'
import { describeIssue } from '../bundle/issue.js'
import { refusal } from '../refusal.js'
import { judgeAge } from '../verify/time.js'

/** What a verification summary must say besides that it passed. */
export interface SummaryExpectation {
  /** Compared exactly. */
  readonly resourceUri?: string
  /** `sha256:<hex>` of the policy. */
  readonly policy?: string
  /** How long ago it may have been verified, seconds, inclusive. */
  readonly maxAgeSeconds?: number
  readonly now: Date
}

const schema = v.looseObject({
  timeVerified: v.pipe(v.string(), v.isoTimestamp()),
  resourceUri: v.string(),
  policy: v.looseObject({ digest: v.optional(v.record(v.string(), v.string())) }),
  verificationResult: v.string(),
})

/**
 * Judges what a verification summary says, for evidence whose signature was verified: a failed one never counts, and
 * it is as old as the verification, not as its signature, which anybody who holds the statement may make later.
 * @throws SluiceError EVIDENCE_MALFORMED, EVIDENCE_SUMMARY_FAILED, EVIDENCE_SUMMARY_RESOURCE, EVIDENCE_SUMMARY_POLICY,
 *   EVIDENCE_STALE, EVIDENCE_FUTURE
 */
export function judgeSummary({ predicate }: Statement, expected: SummaryExpectation): void {
  const result = v.safeParse(schema, predicate)
  if (!result.success) {
    throw refusal(
      'EVIDENCE_MALFORMED',
      `The verification summary is wrong ${describeIssue(result.issues[0])}.`,
    )
  }
  const { timeVerified, resourceUri, policy, verificationResult } = result.output
  if (verificationResult !== 'PASSED') {
    throw refusal(
      'EVIDENCE_SUMMARY_FAILED',
      `The verification summary says ${shown(verificationResult)}; expected PASSED.`,
    )
  }
  if (expected.resourceUri !== undefined && resourceUri !== expected.resourceUri) {
    throw refusal(
      'EVIDENCE_SUMMARY_RESOURCE',
      `The verification summary is of ${shown(resourceUri)}; expected ${expected.resourceUri}.`,
    )
  }
  const digest = `sha256:${policy.digest?.['sha256'] ?? ''}`
  if (expected.policy !== undefined && digest !== expected.policy) {
    throw refusal(
      'EVIDENCE_SUMMARY_POLICY',
      `The verification summary was decided by the policy ${shown(digest)}; expected ${expected.policy}.`,
    )
  }
  judgeAge(new Date(timeVerified), expected.now, expected.maxAgeSeconds)
}

function shown(text: string): string {
  return JSON.stringify(text.slice(0, 300))
}
