import { buildLevel, summaryStatement } from '@sluice/evidence'
import { type Statement, verdictOf } from '@sluice/verdict'
import { POLICY_URI, type Policy } from './policy.js'
import type { Outcome } from './report.js'

/** The verification summary of a run, passed or failed; none when the subject has no digest to be named by. */
export function summaryOf(
  outcome: Outcome,
  policy: Policy,
  resourceUri: string | undefined,
  now: Date,
): Statement[] {
  const { subjects, held, findings } = outcome
  if (subjects.length === 0) return []
  return [
    summaryStatement({
      subjects,
      resourceUri: resourceUri ?? resourceOf(outcome),
      policy: { uri: POLICY_URI, sha256: policy.sha256, text: policy.text },
      inputs: held.map(({ location, bundleDigest }) => ({ location, bundle: bundleDigest })),
      passed: ['pass', 'warn'].includes(verdictOf(findings)),
      levels: buildLevel(held),
      now,
    }),
  ]
}

/** Of an artifact its repository, of files their path; nobody could fetch by more than that. */
function resourceOf({ kind, subjects, name }: Outcome): string {
  if (kind === 'artifact') return name.startsWith('oci:') ? name : `oci://${name}`
  return `file:${encodeURI(subjects.length === 1 ? (subjects[0]?.name ?? name) : '.')}`
}
