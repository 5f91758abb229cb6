import { createHash, verify } from 'node:crypto'
import { type Certificate, readCertificate } from '../certificate/certificate.js'
import { certifiedPath, PathFault, TIME_STAMPING } from '../certificate/path.js'
import { readCertificates, unreadable } from '../certificate/pem.js'
import { refusal } from '../refusal.js'
import { readToken, type TimestampToken } from './token.js'

const CERTIFICATES_LIMIT = 10

/** Whose timestamps count. */
export interface TimestampAuthority {
  /** Certificates of its chain, in any order; the one that signs may be missing where it comes with each token. */
  readonly chain: readonly Certificate[]
  readonly anchors: readonly Certificate[]
}

/** A time by which a signature was there, and who vouches for it in the end. */
export interface VerifiedTimestamp {
  readonly at: Date
  readonly anchor: Certificate
}

/**
 * Reads a timestamp authority's chain, as `/api/v1/timestamp/certchain` or a commercial one publishes it.
 * What no other certificate in it issued is trusted, and has to be an authority.
 * @throws SluiceError VERIFY_AUTHORITY_UNREADABLE
 */
export async function readTimestampAuthority(pem: string): Promise<TimestampAuthority> {
  const what = 'The timestamp authority'
  const chain = await readCertificates(pem, what)
  const anchors = chain.filter(
    ({ subject, issuer, authority }) =>
      authority && (subject.equals(issuer) || !chain.some((other) => other.subject.equals(issuer))),
  )
  if (anchors.length === 0) throw unreadable(what, 'it holds no authority that issued the others')
  return { chain, anchors }
}

/**
 * Verifies a timestamp of RFC 3161 over a signature: imprint, content, signature, and the path of the signer's
 * certificate at the very time, which has to be for timestamps alone. The signer is the one certificate that the token
 * names; others that came with it count for nothing.
 * @throws SluiceError EVIDENCE_TIMESTAMP_INVALID, EVIDENCE_TIMESTAMP_USAGE
 */
export async function verifyTimestamp(
  der: Uint8Array,
  signed: Buffer,
  authority: TimestampAuthority,
): Promise<VerifiedTimestamp> {
  const { token, embedded } = await read(der)
  if (!sameDigest(token.imprint, signed)) throw invalid('is of another signature')
  if (!sameDigest(token.contentDigest, token.content)) throw invalid('is not what its authority signed')
  const candidates = [...authority.chain, ...embedded].filter(
    ({ issuer, serial }) => issuer.equals(token.signer.issuer) && serial.equals(token.signer.serial),
  )
  const signer = candidates.find((certificate) => isSigner(certificate, token))
  if (signer === undefined) throw invalid('is signed by no certificate of the timestamp authority')
  try {
    const others = [...authority.chain, ...embedded]
    const path = certifiedPath(signer, {
      purpose: TIME_STAMPING,
      at: token.at,
      others,
      anchors: authority.anchors,
    })
    return { at: token.at, anchor: path.at(-1) ?? signer }
  } catch (cause) {
    if (!(cause instanceof PathFault)) throw cause
    const code = cause.rule === 'usage' ? 'EVIDENCE_TIMESTAMP_USAGE' : 'EVIDENCE_TIMESTAMP_INVALID'
    throw refusal(code, `The timestamp does not count: ${cause.message}.`, cause)
  }
}

async function read(der: Uint8Array): Promise<{ token: TimestampToken; embedded: readonly Certificate[] }> {
  try {
    const token = await readToken(der)
    if (token.certificates.length > CERTIFICATES_LIMIT) throw new Error('it holds too many certificates')
    return { token, embedded: await Promise.all(token.certificates.map(readCertificate)) }
  } catch (cause) {
    throw refusal(
      'EVIDENCE_TIMESTAMP_INVALID',
      'A timestamp is not one of RFC 3161 that is read here.',
      cause,
    )
  }
}

function isSigner({ x509, publicKey }: Certificate, token: TimestampToken): boolean {
  if (token.certificateDigest && !sameDigest(token.certificateDigest, x509.raw)) return false
  try {
    return verify(token.signatureHash, token.signed, publicKey, token.signature)
  } catch {
    // The key is of another kind than the signature.
    return false
  }
}

function sameDigest(
  { hash, digest }: { readonly hash: string; readonly digest: Buffer },
  of: Buffer,
): boolean {
  return createHash(hash).update(of).digest().equals(digest)
}

function invalid(how: string): Error {
  return refusal('EVIDENCE_TIMESTAMP_INVALID', `The timestamp ${how}.`)
}
