import { githubClaims, type LocalSigstore } from '@sluice/rehearsal/testing'
import { statement } from '@sluice/verdict'
import {
  type Expectation,
  type KeylessSignerOptions,
  keylessSigner,
  type SignedBy,
  type TrustRoot,
} from '../../src/index.js'

export const digest = `sha256:${'ab'.repeat(32)}`
export const type = 'https://example.com/predicate/v1'
export const about = statement({ name: 'model', digest }, type, { finishedAt: '2020-01-01T00:00:00Z' })
export const claims = githubClaims()
export const identity = `https://github.com/${claims['job_workflow_ref']}`
export const issuer = claims['iss'] ?? ''

/** Signs as the workflow of `claims`, with the log of version 1 and timestamps unless more is said. */
export async function signerOf(service: LocalSigstore, more: Partial<KeylessSignerOptions> = {}) {
  return keylessSigner({
    identityToken: await service.identityToken(claims),
    fulcioUrl: service.url,
    rekorUrl: service.url,
    tsaUrl: service.url,
    fetch,
    ...more,
  })
}

/** What that signature is to be like. */
export function expectedBy(
  trustRoot: TrustRoot,
  more: Partial<Expectation> = {},
  by: Partial<SignedBy> = {},
): Expectation {
  return {
    subject: { digest },
    predicateType: type,
    signedBy: { identity, issuer, trustRoot, ...by } as SignedBy,
    now: new Date(),
    ...more,
  }
}
