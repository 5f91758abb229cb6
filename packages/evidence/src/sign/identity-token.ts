import { SluiceError } from '@sluice/errors'
import * as v from 'valibot'

const TOKEN_LIMIT = 64 * 1024

/** Claims of an identity token that Sluice looks at; Fulcio verifies them, Sluice does not. */
export type IdentityClaims = Readonly<Record<string, unknown>> & {
  readonly iss: string
  readonly sub: string
}

/**
 * The claims of a JWT, unverified: what the certificate authority is about to certify.
 * @throws SluiceError SIGN_TOKEN_MALFORMED; no part of the token is in it
 */
export function identityClaims(token: string): IdentityClaims {
  const parts = token.length > TOKEN_LIMIT ? [] : token.split('.')
  let claims: unknown
  try {
    if (parts.length === 3) claims = JSON.parse(Buffer.from(parts[1] ?? '', 'base64url').toString('utf8'))
  } catch {
    claims = undefined
  }
  const result = v.safeParse(v.looseObject({ iss: v.string(), sub: v.string() }), claims)
  if (!result.success) {
    throw new SluiceError(
      'SIGN_TOKEN_MALFORMED',
      'The identity token is not a JWT with an issuer and a subject.',
      {
        remedy: 'Give the job `id-token: write`, or pass a token of the OIDC provider as it is.',
      },
    )
  }
  return result.output
}

/**
 * What is signed to prove possession of the key: the verified e-mail, or the subject
 * (fulcio docs/oidc.md; only Dex-like issuers send an e-mail).
 */
export function proofSubject(claims: IdentityClaims): string {
  const { email, email_verified: verified } = claims
  return typeof email === 'string' && (verified === true || verified === 'true') ? email : claims.sub
}
