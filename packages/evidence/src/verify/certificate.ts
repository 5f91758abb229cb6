import { X509Certificate as NodeCertificate } from 'node:crypto'
import type { X509Certificate } from '@sigstore/core'
import { refusal } from '../refusal.js'

/** id-kp-codeSigning (RFC 5280 section 4.2.1.12), the one purpose that Fulcio certifies for. */
const CODE_SIGNING = '1.3.6.1.5.5.7.3.3'
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
 * Reads the leaf that signed. The path to the trust root and the period are `@sigstore/verify`'s work;
 * what the certificate may be used for is not looked at there, so it is here.
 * @throws SluiceError EVIDENCE_CERTIFICATE
 */
export async function readLeaf(der: Buffer): Promise<Certified> {
  const { X509Certificate } = await import('@sigstore/core')
  const leaf = X509Certificate.parse(Buffer.from(der))
  const usages = new NodeCertificate(der).keyUsage ?? []
  if (leaf.isCA || leaf.extBasicConstraints?.isCA) throw unfit('is of an authority, not of a signer')
  if (leaf.extKeyUsage?.digitalSignature !== true) throw unfit('is not for digital signatures')
  if (usages.length !== 1 || usages[0] !== CODE_SIGNING) throw unfit('is not for code signing alone')
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
