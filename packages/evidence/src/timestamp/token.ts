import type { ASN1Obj } from '@sigstore/core'
import { timeOf } from '../certificate/certificate.js'

/** Content types and attributes (RFC 5652 sections 5 and 11, RFC 3161, RFC 5816). */
const SIGNED_DATA = '1.2.840.113549.1.7.2'
const TIMESTAMP_INFO = '1.2.840.113549.1.9.16.1.4'
const CONTENT_TYPE = '1.2.840.113549.1.9.3'
const MESSAGE_DIGEST = '1.2.840.113549.1.9.4'
const SIGNING_CERTIFICATE = '1.2.840.113549.1.9.16.2.12'
const SIGNING_CERTIFICATE_V2 = '1.2.840.113549.1.9.16.2.47'

const HASHES: Record<string, string> = {
  '2.16.840.1.101.3.4.2.1': 'sha256',
  '2.16.840.1.101.3.4.2.2': 'sha384',
  '2.16.840.1.101.3.4.2.3': 'sha512',
}
/** Signature algorithms that name their hash; for others the digest algorithm of the signer does. */
const SIGNATURE_HASHES: Record<string, string> = {
  '1.2.840.10045.4.3.2': 'sha256',
  '1.2.840.10045.4.3.3': 'sha384',
  '1.2.840.10045.4.3.4': 'sha512',
  '1.2.840.113549.1.1.11': 'sha256',
  '1.2.840.113549.1.1.12': 'sha384',
  '1.2.840.113549.1.1.13': 'sha512',
}
const RSA = '1.2.840.113549.1.1.1'
const EDDSA = '1.3.101.112'

/** A timestamp of RFC 3161 as data. Nothing in it has been verified. */
export interface TimestampToken {
  readonly at: Date
  /** What it is of. */
  readonly imprint: { readonly hash: string; readonly digest: Buffer }
  /** What `contentDigest` must be of. */
  readonly content: Buffer
  readonly contentDigest: { readonly hash: string; readonly digest: Buffer }
  /** What the signature is over, and its hash, or null where the key's type has its own. */
  readonly signed: Buffer
  readonly signature: Buffer
  readonly signatureHash: string | null
  /** Whose signature it is: DER of the issuer's name, and the serial number. */
  readonly signer: { readonly issuer: Buffer; readonly serial: Buffer }
  /** Digest of the signer's certificate, where the token names it. */
  readonly certificateDigest: { readonly hash: string; readonly digest: Buffer } | undefined
  /** Certificates that came with it, DER. */
  readonly certificates: readonly Buffer[]
}

/** Reads a TimeStampResp that grants a token with one signer (RFC 3161 section 2.4.2). @throws Error */
export async function readToken(der: Uint8Array): Promise<TimestampToken> {
  const { ASN1Obj } = await import('@sigstore/core')
  const [status, token] = ASN1Obj.parseBuffer(Buffer.from(der)).subs
  // granted, or granted with modifications
  if (![0n, 1n].includes(at(status, 0).toInteger())) throw new Error('it was not granted')
  if (at(token, 0).toOID() !== SIGNED_DATA) throw new Error('it is no signed data')
  const signedData = at(token, 1, 0).subs
  const encapsulated = signedData[2]
  if (at(encapsulated, 0).toOID() !== TIMESTAMP_INFO) throw new Error('it holds no timestamp')
  const content = Buffer.from(at(encapsulated, 1, 0).value)
  const signers = signedData.at(-1)?.subs ?? []
  if (signers.length !== 1) throw new Error(`it has ${signers.length} signers; expected one`)
  const info = ASN1Obj.parseBuffer(content)
  return {
    at: timeOf(at(info, 4)),
    imprint: { hash: hashOf(at(info, 2, 0, 0)), digest: at(info, 2, 1).value },
    content,
    ...readSigner(at(signers[0])),
    certificates: (signedData.slice(3, -1).find((sub) => sub.tag.isContextSpecific(0))?.subs ?? []).map(
      (certificate) => certificate.toDER(),
    ),
  }
}

/** SignerInfo (RFC 5652 section 5.3); the signed attributes are not optional here, since the content is no data. */
function readSigner(signer: ASN1Obj) {
  const attributes = signer.subs[3]
  if (!attributes?.tag.isContextSpecific(0)) throw new Error('it has no signed attributes')
  if (at(attribute(attributes, CONTENT_TYPE), 0).toOID() !== TIMESTAMP_INFO)
    throw new Error('its signature is of other content')
  const signed = attributes.toDER()
  signed[0] = 0x31 // Signed as a SET (RFC 5652 section 5.4).
  const digestHash = hashOf(at(signer, 2, 0))
  const algorithm = at(signer, 4, 0).toOID()
  const hash = SIGNATURE_HASHES[algorithm] ?? (algorithm === RSA ? digestHash : undefined)
  if (hash === undefined && algorithm !== EDDSA)
    throw new Error(`it is signed with ${algorithm}, which is not read`)
  return {
    contentDigest: { hash: digestHash, digest: at(attribute(attributes, MESSAGE_DIGEST), 0).value },
    signed,
    signature: at(signer, 5).value,
    signatureHash: hash ?? null,
    signer: { issuer: at(signer, 1, 0).value, serial: at(signer, 1, 1).value },
    certificateDigest: certificateDigest(attributes),
  }
}

/** Which certificate signed (ESSCertID of RFC 5035; SHA-1 in its first version, SHA-256 unless named in the second). */
function certificateDigest(attributes: ASN1Obj): TimestampToken['certificateDigest'] {
  const second = find(attributes, SIGNING_CERTIFICATE_V2)
  if (second !== undefined) {
    const id = at(second, 1, 0, 0, 0)
    const [first, next] = id.subs
    return first?.tag.isOctetString()
      ? { hash: 'sha256', digest: first.value }
      : { hash: hashOf(at(first, 0)), digest: at(next).value }
  }
  const version1 = find(attributes, SIGNING_CERTIFICATE)
  return version1 && { hash: 'sha1', digest: at(version1, 1, 0, 0, 0, 0).value }
}

function attribute(attributes: ASN1Obj, oid: string): ASN1Obj {
  return at(find(attributes, oid), 1)
}

/** The attribute of a type, which may stand once. */
function find(attributes: ASN1Obj, oid: string): ASN1Obj | undefined {
  const found = attributes.subs.filter(({ subs }) => subs[0]?.tag.isOID() && subs[0].toOID() === oid)
  if (found.length > 1) throw new Error(`attribute ${oid} stands twice`)
  return found[0]
}

function hashOf(algorithm: ASN1Obj): string {
  const hash = HASHES[algorithm.toOID()]
  if (hash === undefined) throw new Error(`it uses the hash ${algorithm.toOID()}, which is weak or not known`)
  return hash
}

/** A part by its place. */
function at(value: ASN1Obj | undefined, ...path: readonly number[]): ASN1Obj {
  let here = value
  for (const place of path) here = here?.subs[place]
  if (here === undefined) throw new Error('a part of it is missing')
  return here
}
