import { type KeyObject, X509Certificate } from 'node:crypto'
import type { ASN1Obj } from '@sigstore/core'
import { distinguishedName } from './distinguished-name.js'

/** Extensions (RFC 5280 section 4.2.1) that are read here. */
export const EXTENSION = {
  subjectKeyId: '2.5.29.14',
  keyUsage: '2.5.29.15',
  alternativeName: '2.5.29.17',
  basicConstraints: '2.5.29.19',
  nameConstraints: '2.5.29.30',
  authorityKeyId: '2.5.29.35',
  purposes: '2.5.29.37',
} as const

/** Bits of the extension for key usage, by number (RFC 5280 section 4.2.1.3). */
const DIGITAL_SIGNATURE = 0
const CONTENT_COMMITMENT = 1
const CERTIFICATE_SIGNING = 5
const LIST_SIGNING = 6

/** What a key may be used for. */
export interface KeyUsage {
  readonly digitalSignature: boolean
  /** Once called non-repudiation. */
  readonly contentCommitment: boolean
  readonly certificateSigning: boolean
  readonly listSigning: boolean
}

/** A certificate of X.509 v3 as data. Nothing in it has been verified. */
export interface Certificate {
  readonly x509: X509Certificate
  readonly publicKey: KeyObject
  /** RFC 4514. */
  readonly subjectName: string
  /** DER, for comparing. */
  readonly subject: Buffer
  readonly issuer: Buffer
  readonly serial: Buffer
  readonly notBefore: Date
  readonly notAfter: Date
  /** Set for authorities: how many more may stand between it and the signer. */
  readonly authority: { readonly pathLength?: number } | undefined
  readonly keyUsage: KeyUsage | undefined
  /** OIDs of the extended key usage. */
  readonly purposes: { readonly oids: readonly string[]; readonly critical: boolean } | undefined
  /** URIs, e-mail addresses and DNS names that it certifies, in its order. */
  readonly alternativeNames: readonly string[]
  readonly keyId: Buffer | undefined
  readonly issuerKeyId: Buffer | undefined
  /** OIDs of all extensions, with whether whoever does not know one must refuse. */
  readonly extensions: ReadonlyMap<string, { readonly critical: boolean }>
  /** OID of the algorithm of the issuer's signature, and of its hash where that is a parameter. */
  readonly signedWith: { readonly algorithm: string; readonly hash: string | undefined }
}

/**
 * Reads a certificate (RFC 5280 section 4.1), twice: OpenSSL's reading has to accept it too.
 * @throws Error when it is no certificate of version 3, its key cannot be read, or has an extension twice or in a form of its own
 */
export async function readCertificate(der: Uint8Array): Promise<Certificate> {
  const { ASN1Obj } = await import('@sigstore/core')
  const x509 = new X509Certificate(der)
  // OpenSSL reads past bytes that follow.
  if (!x509.raw.equals(der)) throw new Error('something follows the certificate')
  const [tbs, algorithm] = ASN1Obj.parseBuffer(Buffer.from(x509.raw)).subs
  if (tbs === undefined || algorithm === undefined) throw new Error('not a certificate')
  const [version, serial, , issuer, period, subject] = tbs.subs
  if (!version?.tag.isContextSpecific(0) || version.subs[0]?.toInteger() !== 2n)
    throw new Error('not a certificate of version 3')
  const extensions = readExtensions(tbs)
  const value = (oid: string) => extensions.get(oid)?.value
  const purposes = value(EXTENSION.purposes)
  return {
    x509,
    publicKey: x509.publicKey,
    subjectName: distinguishedName(present(subject)),
    subject: present(subject).value,
    issuer: present(issuer).value,
    serial: present(serial).value,
    notBefore: timeOf(present(period?.subs[0])),
    notAfter: timeOf(present(period?.subs[1])),
    authority: authorityOf(value(EXTENSION.basicConstraints)),
    keyUsage: keyUsageOf(value(EXTENSION.keyUsage)),
    purposes: purposes && {
      oids: purposes.subs.map((oid) => oid.toOID()),
      critical: extensions.get(EXTENSION.purposes)?.critical ?? false,
    },
    alternativeNames: (value(EXTENSION.alternativeName)?.subs ?? []).flatMap(generalName),
    keyId: value(EXTENSION.subjectKeyId)?.value,
    issuerKeyId: value(EXTENSION.authorityKeyId)?.subs.find((sub) => sub.tag.isContextSpecific(0))?.value,
    extensions,
    signedWith: {
      algorithm: present(algorithm.subs[0]).toOID(),
      hash: algorithm.subs[1]?.subs.find((sub) => sub.tag.isContextSpecific(0))?.subs[0]?.subs[0]?.toOID(),
    },
  }
}

/** A time that is one: no comparison holds with the 40th of a month, so a period of such would never end. @throws Error */
export function timeOf(value: ASN1Obj): Date {
  const time = value.toDate()
  if (Number.isNaN(time.getTime())) throw new Error('a time in it is none')
  return time
}

function readExtensions(tbs: ASN1Obj): Map<string, { critical: boolean; value: ASN1Obj | undefined }> {
  const list = tbs.subs.slice(7).find((sub) => sub.tag.isContextSpecific(3))?.subs[0]?.subs ?? []
  const found = new Map<string, { critical: boolean; value: ASN1Obj | undefined }>()
  for (const { subs } of list) {
    const oid = present(subs[0]).toOID()
    if (found.has(oid)) throw new Error(`extension ${oid} stands twice`)
    const critical = subs.length > 2 && present(subs[1]).toBoolean()
    found.set(oid, { critical, value: subs.at(-1)?.subs[0] })
  }
  return found
}

function authorityOf(constraints: ASN1Obj | undefined): { pathLength?: number } | undefined {
  const [isAuthority, length] = constraints?.subs ?? []
  if (isAuthority?.toBoolean() !== true) return undefined
  return length === undefined ? {} : { pathLength: Number(length.toInteger()) }
}

function keyUsageOf(bits: ASN1Obj | undefined): KeyUsage | undefined {
  if (bits === undefined) return undefined
  const set = bits.toBitString()
  return {
    digitalSignature: set[DIGITAL_SIGNATURE] === 1,
    contentCommitment: set[CONTENT_COMMITMENT] === 1,
    certificateSigning: set[CERTIFICATE_SIGNING] === 1,
    listSigning: set[LIST_SIGNING] === 1,
  }
}

/** How an e-mail address, a DNS name and a URI look, by their kinds (RFC 5280 section 4.2.1.6): none like a subject. */
const FORMS: readonly (readonly [kind: number, form: RegExp])[] = [
  [1, /^[^@=]+@[^@]+$/],
  [2, /^[\w.*-]+$/],
  [6, /^[a-z][a-z0-9+.-]*:/i],
]

/**
 * E-mail address, DNS name or URI, which are ASCII; other kinds name nobody here, nor does what does not look like its
 * kind: an authority that lets people choose such names would let them be called `CN=release`, as a subject is.
 */
function generalName(name: ASN1Obj): string[] {
  const [, form] = FORMS.find(([kind]) => name.tag.isContextSpecific(kind)) ?? []
  if (form === undefined) return []
  const text = name.value.toString('latin1')
  if (!/^[\x21-\x7e]+$/.test(text)) throw new Error('a name in it is not printable ASCII')
  return form.test(text) ? [text] : []
}

function present<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('a part of the certificate is missing')
  return value
}
