import { generateKeyPairSync, type KeyObject, sign, X509Certificate } from 'node:crypto'
import { SluiceError } from '@sluice/errors'
import * as v from 'valibot'
import { identityClaims, proofSubject } from './identity-token.js'
import { base, host } from './witness.js'

/** What keyless signing needs of the network; redirects are refused, for the body carries the token. */
export type SigningFetch = (url: string, init: RequestInit) => Promise<Response>

const ANSWER_LIMIT = 1024 * 1024

const chain = v.object({ chain: v.object({ certificates: v.pipe(v.array(v.string()), v.minLength(1)) }) })
const answer = v.union([
  v.object({ signedCertificateEmbeddedSct: chain }),
  v.object({ signedCertificateDetachedSct: chain }),
])

/** An ephemeral key and the certificate that binds an identity to it; the key never leaves memory. */
export interface CertifiedKey {
  readonly key: KeyObject
  /** The leaf, PEM. */
  readonly certificate: string
}

/**
 * Asks a Fulcio for a certificate of a fresh P-256 key (fulcio API v2, POST /api/v2/signingCert).
 * Sluice does this itself because `@sigstore/sign` follows redirects with the token in the body and quotes it in errors.
 * @throws SluiceError SIGN_TOKEN_MALFORMED, SIGN_CERTIFICATE_FAILED; neither holds a part of the token
 */
export async function certifyKey(
  fulcioUrl: string,
  identityToken: string,
  fetch: SigningFetch,
): Promise<CertifiedKey> {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const subject = proofSubject(identityClaims(identityToken))
  const request = {
    credentials: { oidcIdentityToken: identityToken },
    publicKeyRequest: {
      publicKey: { algorithm: 'ECDSA', content: publicKey.export({ type: 'spki', format: 'pem' }) },
      proofOfPossession: sign('sha256', Buffer.from(subject), privateKey).toString('base64'),
    },
  }
  const response = await fetch(`${base(fulcioUrl)}/api/v2/signingCert`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json' },
    body: JSON.stringify(request),
    redirect: 'error',
  }).catch(() => {
    throw failed(fulcioUrl, 'could not be reached')
  })
  if (!response.ok) throw failed(fulcioUrl, `refused the identity token (HTTP ${response.status})`)
  const body = await response.text()
  if (body.length > ANSWER_LIMIT) throw failed(fulcioUrl, 'answered with more than 1 MiB')
  const certificate = leafOf(body)
  if (certificate === undefined || !certifies(certificate, publicKey)) {
    throw failed(fulcioUrl, 'answered with no certificate of the key that was sent')
  }
  return { key: privateKey, certificate }
}

function leafOf(body: string): string | undefined {
  try {
    const parsed = v.parse(answer, JSON.parse(body))
    const { certificates } =
      'signedCertificateEmbeddedSct' in parsed
        ? parsed.signedCertificateEmbeddedSct.chain
        : parsed.signedCertificateDetachedSct.chain
    return certificates[0]
  } catch {
    return undefined
  }
}

function certifies(certificate: string, key: KeyObject): boolean {
  try {
    return new X509Certificate(certificate).publicKey.equals(key)
  } catch {
    return false
  }
}

function failed(fulcioUrl: string, how: string): SluiceError {
  return new SluiceError('SIGN_CERTIFICATE_FAILED', `${host(fulcioUrl)} ${how}.`, {
    remedy: 'Check `fulcio-url`, and that the job may ask for an identity token (`id-token: write`).',
    kind: 'surroundings',
  })
}
