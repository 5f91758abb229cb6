import { createPublicKey, verify } from 'node:crypto'
import { createRemoteJWKSet, type JWTVerifyGetKey, jwtVerify } from 'jose'
import { HttpFault } from '../server/loopback.js'
import { type CertificateExtension, extensionsOf } from './extensions.js'

/** Fulcio takes tokens for this audience only. */
const AUDIENCE = 'sigstore'

/** An OIDC provider whose tokens a Fulcio believes. */
export interface TrustedIssuer {
  /** `iss` of its tokens. */
  readonly issuer: string
  /** Where its keys are; a JWKS. */
  readonly jwksUri: string
  /** Server that its claims speak of, `https://github.com`: a part of every URL in the certificate. */
  readonly serverUrl: string
}

/** What a certificate is to say. */
export interface Certifiable {
  /** SPKI, DER. */
  readonly publicKey: Buffer
  /** URI in the subject's alternative name. */
  readonly identity: string
  readonly extensions: readonly CertificateExtension[]
}

/** Fulcio's reading of requests: who asks, and whether the key is theirs. */
export class Identities {
  readonly #issuers: ReadonlyMap<string, TrustedIssuer & { readonly keys: JWTVerifyGetKey }>

  constructor(issuers: readonly TrustedIssuer[]) {
    this.#issuers = new Map(
      issuers.map((one) => [one.issuer, { ...one, keys: createRemoteJWKSet(new URL(one.jwksUri)) }]),
    )
  }

  /**
   * @param request body of POST /api/v2/signingCert (fulcio API v2)
   * @param bearer the token from the header `authorization`, which sigstore-go sends in place of `credentials`
   * @throws HttpFault 401 for a token that does not verify, 400 for a proof that is not by the key; none quotes the token
   */
  async certifiable(request: string, bearer?: string): Promise<Certifiable> {
    const { credentials, publicKeyRequest } = parse(request)
    const { claims, serverUrl } = await this.#verified(credentials?.oidcIdentityToken ?? bearer ?? '')
    const subject = proofSubject(claims)
    const publicKey = proven(publicKeyRequest, subject)
    const workflow = claims['job_workflow_ref']
    return {
      publicKey,
      identity: typeof workflow === 'string' ? `${serverUrl}/${workflow}` : subject,
      extensions: extensionsOf(claims, serverUrl),
    }
  }

  async #verified(token: string) {
    let named: unknown
    try {
      named = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()).iss
    } catch {
      named = undefined
    }
    const issuer = this.#issuers.get(String(named))
    if (issuer === undefined)
      throw new HttpFault(401, 'The identity token is of no issuer that is known here')
    const options = { issuer: issuer.issuer, audience: AUDIENCE, requiredClaims: ['sub', 'exp', 'iat'] }
    const verified = await jwtVerify(token, issuer.keys, options).catch(
      (error: Error & { code?: string }) => {
        throw new HttpFault(401, `The identity token does not verify (${error.code ?? error.name})`)
      },
    )
    return { claims: verified.payload as Readonly<Record<string, unknown>>, serverUrl: issuer.serverUrl }
  }
}

interface CertificateRequest {
  readonly credentials?: { readonly oidcIdentityToken: string }
  readonly publicKeyRequest: {
    readonly publicKey: { readonly content: string }
    readonly proofOfPossession: string
  }
}

function parse(request: string): CertificateRequest {
  try {
    const value = JSON.parse(request) as CertificateRequest
    const { publicKey, proofOfPossession } = value.publicKeyRequest
    if (typeof publicKey.content === 'string' && typeof proofOfPossession === 'string') return value
  } catch {
    // Told like a request that is JSON and lacks its members.
  }
  throw new HttpFault(400, 'The request has no public key with a proof of possession')
}

/** The key, DER, once the proof shows that whoever asks holds it. @throws HttpFault 400 */
function proven(request: CertificateRequest['publicKeyRequest'], subject: string): Buffer {
  try {
    const key = createPublicKey(request.publicKey.content)
    const proof = Buffer.from(request.proofOfPossession, 'base64')
    if (verify('sha256', Buffer.from(subject), key, proof)) return key.export({ type: 'spki', format: 'der' })
  } catch {
    // A key that cannot be read proves nothing either.
  }
  throw new HttpFault(400, 'The proof of possession is not by the key')
}

/** The verified e-mail, or the subject (fulcio docs/oidc.md). */
function proofSubject({ email, email_verified: verified, sub }: Readonly<Record<string, unknown>>): string {
  return typeof email === 'string' && (verified === true || verified === 'true') ? email : String(sub)
}
