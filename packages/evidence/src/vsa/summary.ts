import { PROJECT, STATEMENT_TYPE, type Statement } from '@sluice/verdict'

/** slsa.dev/spec/v1.1/verification_summary */
export const VERIFICATION_SUMMARY_TYPE = 'https://slsa.dev/verification_summary/v1'

/** What was decided about subjects, by which policy and on which evidence. */
export interface Decision {
  readonly subjects: readonly { readonly name: string; readonly digest: string }[]
  /** Where a consumer would fetch the subject, as a URI or reference. */
  readonly resourceUri: string
  readonly policy: {
    readonly uri: string
    /** SHA-256 of the policy's bytes, lower-case hex. */
    readonly sha256: string
    /** The policy itself, where a reader could not fetch it from `uri`. */
    readonly text?: string
  }
  readonly inputs: readonly { readonly location: string; readonly bundle: string }[]
  readonly passed: boolean
  /** What was verified about the subject, at most one level a track; see `buildLevel`. */
  readonly levels: readonly string[]
  readonly now: Date
}

/**
 * The unsigned verification summary of a decision (SLSA v1.1), for whoever wants the verdict without the evidence. A
 * failed one claims no level, as the format demands. Levels of dependencies are left out: none are verified. Pure.
 */
export function summaryStatement(decision: Decision): Statement {
  const { subjects, resourceUri, policy, inputs, passed, levels, now } = decision
  return {
    _type: STATEMENT_TYPE,
    subject: subjects.map(({ name, digest }) => ({ name, digest: { sha256: hex(digest) } })),
    predicateType: VERIFICATION_SUMMARY_TYPE,
    predicate: {
      verifier: { id: `https://github.com/${PROJECT.repository}`, version: { sluice: PROJECT.version } },
      timeVerified: now.toISOString(),
      resourceUri,
      policy: {
        uri: policy.uri,
        digest: { sha256: policy.sha256 },
        ...(policy.text === undefined ? {} : { content: Buffer.from(policy.text).toString('base64') }),
      },
      inputAttestations: inputs.map(({ location, bundle }) => ({
        uri: location,
        digest: { sha256: hex(bundle) },
      })),
      verificationResult: passed ? 'PASSED' : 'FAILED',
      verifiedLevels: passed ? levels : ['FAILED'],
      slsaVersion: '1.1',
    },
  }
}

function hex(digest: string): string {
  return digest.slice('sha256:'.length)
}
