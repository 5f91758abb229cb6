import { PROJECT, type Statement, statement } from '@sluice/verdict'
import type { ReliedUpon, Ruling } from './policy/policy.js'

/** slsa.dev/spec/v1.1/verification_summary */
export const VERIFICATION_SUMMARY_TYPE = 'https://slsa.dev/verification_summary/v1'

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
 * The unsigned verification summary of a decision, for whoever wants the verdict without the evidence. It claims no
 * SLSA level: a policy of sluice.yaml is named by its environment. Pure.
 */
export function verificationSummary(decision: PolicyDecision): Statement {
  const { subject, environment, resource, policy, rulings, passed, now } = decision
  const met = rulings.flatMap((ruling): ReliedUpon[] => (ruling.state === 'met' ? [ruling.by] : []))
  return statement(subject, VERIFICATION_SUMMARY_TYPE, {
    verifier: { id: `https://github.com/${PROJECT.repository}`, version: { sluice: PROJECT.version } },
    timeVerified: now.toISOString(),
    resourceUri: resource,
    policy: { uri: `${policy.file}#environments.${environment}`, digest: { sha256: policy.sha256 } },
    inputAttestations: met.map(({ location, bundle }) => ({
      uri: location,
      digest: { sha256: bundle.slice('sha256:'.length) },
    })),
    verificationResult: passed ? 'PASSED' : 'FAILED',
    verifiedLevels: passed ? [`SLUICE_ENVIRONMENT_${environment.toUpperCase().replaceAll('-', '_')}`] : [],
  })
}
