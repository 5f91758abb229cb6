import { generateKeyPairSync, type KeyObject, sign, X509Certificate } from 'node:crypto'
import { SluiceError } from '@sluice/errors'
import * as v from 'valibot'
import { identityClaims, proofSubject } from './identity-token.js'
import { type Answer, ask, base, host, type Reach, Unanswered } from './service/ask.js'

const ANSWER_LIMIT = 1024 * 1024
/** Characters of Fulcio's own words that are repeated at most, and of the token that may not be among them. */
const REASON_LENGTH = 300
const REVEALING = 8

const chain = v.object({ chain: v.object({ certificates: v.pipe(v.array(v.string()), v.minLength(1)) }) })
const certificates = v.union([
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
  reach: Reach,
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
  const answer = await ask(
    {
      url: `${base(fulcioUrl)}/api/v2/signingCert`,
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json' },
      body: JSON.stringify(request),
      limit: ANSWER_LIMIT,
    },
    reach,
  ).catch((error: unknown) => {
    throw error instanceof Unanswered ? failed(fulcioUrl, error.how) : error
  })
  if (answer.status !== 200 && answer.status !== 201) {
    throw failed(
      fulcioUrl,
      `refused the identity token (HTTP ${answer.status})${reasonIn(answer, identityToken)}`,
    )
  }
  const certificate = leafOf(answer.body.toString('utf8'))
  if (certificate === undefined || !certifies(certificate, publicKey)) {
    throw failed(fulcioUrl, 'answered with no certificate of the key that was sent')
  }
  return { key: privateKey, certificate }
}

function leafOf(body: string): string | undefined {
  try {
    const parsed = v.parse(certificates, JSON.parse(body))
    const { certificates: pems } =
      'signedCertificateEmbeddedSct' in parsed
        ? parsed.signedCertificateEmbeddedSct.chain
        : parsed.signedCertificateDetachedSct.chain
    return pems[0]
  } catch {
    return undefined
  }
}

/**
 * What Fulcio says about its refusal: short, printable, and only if it holds no eight characters of the token in
 * a row, since a server may answer with what it was sent.
 */
function reasonIn({ body }: Answer, token: string): string {
  let message: unknown
  try {
    message = v.parse(v.object({ message: v.string() }), JSON.parse(body.toString('utf8'))).message
  } catch {
    message = undefined
  }
  if (typeof message !== 'string' || message.length > REASON_LENGTH || !/^[\x20-\x7e]+$/.test(message))
    return ''
  for (let at = 0; at + REVEALING <= message.length; at++)
    if (token.includes(message.slice(at, at + REVEALING))) return ''
  return `, saying ${JSON.stringify(message)}`
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
