import type { X509Certificate } from '@sigstore/core'
import { type Certificate, readCertificate } from '../certificate/certificate.js'
import {
  CODE_SIGNING,
  judgeAlgorithm,
  judgeSigner,
  judgeSoundness,
  PathFault,
  type PathRule,
} from '../certificate/path.js'
import { type EvidenceCode, refusal } from '../refusal.js'

/** The codes of the rules for certificates. */
const CODES: Record<PathRule, EvidenceCode> = {
  path: 'EVIDENCE_CERTIFICATE',
  usage: 'EVIDENCE_CERTIFICATE_USAGE',
  period: 'EVIDENCE_CERTIFICATE_EXPIRED',
  strength: 'EVIDENCE_CERTIFICATE_WEAK',
}

/** A fault of a path to a signer as a refusal; other errors as they are. */
export function certificateRefusal(cause: unknown): unknown {
  if (!(cause instanceof PathFault)) return cause
  return refusal(CODES[cause.rule], `The certificate does not count: ${cause.message}.`, cause)
}

const SUBJECT_ALTERNATIVE_NAME = '2.5.29.17'
/** Fulcio's extensions (sigstore/fulcio docs/oid-info.md). */
const FULCIO = '1.3.6.1.4.1.57264.1'
const UTF8_STRING = 0x0c

/** What a certificate says of its holder; `extensions` are Fulcio's by the last number of their OID. */
export interface Certified {
  readonly identity: string
  readonly issuer: string
  readonly extensions: ReadonlyMap<number, string>
}

/**
 * Judges the leaf that signed, by what it may be used for, which `@sigstore/verify` does not look at; the path to the
 * trust root and the period are its work.
 * @throws SluiceError EVIDENCE_CERTIFICATE*, EVIDENCE_MALFORMED
 */
export async function judgeLeaf(der: Buffer): Promise<Certificate> {
  const leaf = await readCertificate(der).catch((cause: unknown) => {
    throw refusal('EVIDENCE_MALFORMED', 'The certificate of the bundle cannot be read.', cause)
  })
  try {
    // Fulcio certifies for this one purpose.
    judgeSigner(leaf, { purpose: { ...CODE_SIGNING, sole: true } })
    judgeSoundness(leaf)
    judgeAlgorithm(leaf)
  } catch (cause) {
    throw certificateRefusal(cause)
  }
  return leaf
}

/** Reads whom Fulcio certified. @throws SluiceError EVIDENCE_CERTIFICATE */
export async function readCertified(der: Buffer): Promise<Certified> {
  const { X509Certificate } = await import('@sigstore/core')
  const leaf = X509Certificate.parse(Buffer.from(der))
  return { identity: identityOf(leaf), issuer: issuerOf(leaf), extensions: fulcioExtensions(leaf) }
}

function identityOf(leaf: X509Certificate): string {
  const names = leaf.extension(SUBJECT_ALTERNATIVE_NAME)?.valueObj.subs ?? []
  const identity = leaf.subjectAltName
  if (names.length !== 1 || identity === undefined || identity === '') {
    throw unfit('does not name exactly one identity, as a URI or an e-mail address')
  }
  return identity
}

function issuerOf(leaf: X509Certificate): string {
  const issuer = utf8(leaf, 8) ?? leaf.extension(`${FULCIO}.1`)?.value.toString('utf8')
  if (issuer === undefined) throw unfit('does not name the issuer of the identity')
  return issuer
}

function fulcioExtensions(leaf: X509Certificate): Map<number, string> {
  const found = new Map<number, string>()
  for (let number = 8; number <= 24; number++) {
    const text = utf8(leaf, number)
    if (text !== undefined) found.set(number, text)
  }
  return found
}

/** From .8 on, values are DER UTF8Strings. */
function utf8(leaf: X509Certificate, number: number): string | undefined {
  const value = leaf.extension(`${FULCIO}.${number}`)?.valueObj.subs[0]
  return value?.tag.number === UTF8_STRING ? value.value.toString('utf8') : undefined
}

function unfit(how: string): Error {
  return refusal('EVIDENCE_CERTIFICATE', `The signing certificate ${how}.`)
}
