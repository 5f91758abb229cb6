import { summaryStatement } from '@sluice/evidence'
import type { Statement } from '@sluice/verdict'
import type { ReliedUpon, Ruling } from './policy/policy.js'

/** What was decided about a subject, by which policy. */
export interface PolicyDecision {
  readonly subject: { readonly name: string; readonly digest: string }
  readonly environment: string
  /** Where the subject is to be, as a URI or reference. */
  readonly resource: string
  /** The configuration file and the SHA-256 of its bytes, lower-case hex. */
  readonly policy: { readonly file: string; readonly sha256: string }
  readonly rulings: readonly Ruling[]
  readonly passed: boolean
  readonly now: Date
}

/**
 * The unsigned verification summary of a decision on an environment. It claims no SLSA level: a policy of sluice.yaml
 * is named by its environment. Pure.
 */
export function verificationSummary(decision: PolicyDecision): Statement {
  const { subject, environment, resource, policy, rulings, passed, now } = decision
  const met = rulings.flatMap((ruling): ReliedUpon[] => (ruling.state === 'met' ? [ruling.by] : []))
  return summaryStatement({
    subjects: [subject],
    resourceUri: resource,
    policy: { uri: `${policy.file}#environments.${environment}`, sha256: policy.sha256 },
    inputs: met,
    passed,
    levels: [`SLUICE_ENVIRONMENT_${environment.toUpperCase().replaceAll('-', '_')}`],
    now,
  })
}
