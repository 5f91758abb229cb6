import { createHash } from 'node:crypto'
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose'

/** GitHub's own issuer, which policies name. */
export const GITHUB_ISSUER = 'https://token.actions.githubusercontent.com'

/** GitHub's tokens live for five minutes. */
const LIFETIME = 300

export type Claims = Readonly<Record<string, string | number>>

/** Signs tokens (ES256) and publishes the key; what is in a token is the caller's to say. */
export interface Issuer {
  /** `iss` of its tokens. */
  readonly iss: string
  readonly jwks: { readonly keys: readonly JWK[] }
  /** A JWT with these claims; `iat`, `nbf`, `exp` and `iss` are set where they are absent. */
  sign(claims: Claims): Promise<string>
}

/** @param now seconds since 1970, for tokens of another time */
export async function createIssuer(
  iss: string = GITHUB_ISSUER,
  now: () => number = () => Math.floor(Date.now() / 1000),
): Promise<Issuer> {
  const { privateKey, publicKey } = await generateKeyPair('ES256')
  const key = await describe(publicKey)
  return {
    iss,
    jwks: { keys: [key] },
    sign(claims) {
      const at = now()
      const payload = { iss, iat: at, nbf: at, exp: at + LIFETIME, ...claims }
      return new SignJWT(payload)
        .setProtectedHeader({ alg: 'ES256', typ: 'JWT', kid: key.kid ?? '' })
        .sign(privateKey)
    },
  }
}

async function describe(publicKey: CryptoKey): Promise<JWK> {
  const key = await exportJWK(publicKey)
  const kid = createHash('sha256').update(`${key.x}.${key.y}`).digest('hex').slice(0, 32)
  return { ...key, kid, use: 'sig', alg: 'ES256' }
}
