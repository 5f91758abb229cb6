import { constants, createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto'
import { PAYLOAD_TYPE, preAuthEncoding, type SerializedBundle } from '../src/index.js'

/** Values in DER (X.690), as much as certificates and timestamps need. */
export const der = {
  element(tag: number, ...content: readonly Buffer[]): Buffer {
    const body = Buffer.concat(content)
    const size = body.length
    const head = size < 0x80 ? [size] : size < 0x100 ? [0x81, size] : [0x82, size >> 8, size & 0xff]
    return Buffer.concat([Buffer.from([tag, ...head]), body])
  },
  sequence: (...content: readonly Buffer[]) => der.element(0x30, ...content),
  set: (...content: readonly Buffer[]) => der.element(0x31, ...content),
  integer: (value: number | Buffer) =>
    der.element(0x02, typeof value === 'number' ? Buffer.of(value) : value),
  boolean: (value: boolean) => der.element(0x01, Buffer.of(value ? 0xff : 0)),
  octets: (value: Buffer) => der.element(0x04, value),
  bits: (value: Buffer, unused = 0) => der.element(0x03, Buffer.of(unused), value),
  utf8: (text: string) => der.element(0x0c, Buffer.from(text)),
  context: (number: number, ...content: readonly Buffer[]) => der.element(0xa0 + number, ...content),
  time: (date: Date | string) => {
    const text = typeof date === 'string' ? date : date.toISOString().replace(/[-:T]|\..*$/g, '')
    return der.element(0x18, Buffer.from(`${text}Z`))
  },
  oid(text: string): Buffer {
    const [first = 0, second = 0, ...rest] = text.split('.').map(Number)
    const arcs = rest.flatMap((arc) => {
      const digits = [arc & 0x7f]
      for (let left = Math.floor(arc / 128); left > 0; left = Math.floor(left / 128))
        digits.unshift((left & 0x7f) | 0x80)
      return digits
    })
    return der.element(0x06, Buffer.from([first * 40 + second, ...arcs]))
  },
}

/** Extensions as they stand in a certificate. */
export const extension = {
  of: (oid: string, value: Buffer, critical = false) =>
    der.sequence(der.oid(oid), ...(critical ? [der.boolean(true)] : []), der.octets(value)),
  authority: (pathLength?: number) =>
    extension.of(
      '2.5.29.19',
      der.sequence(der.boolean(true), ...(pathLength === undefined ? [] : [der.integer(pathLength)])),
      true,
    ),
  /** Bits from the left: digitalSignature, contentCommitment, keyEncipherment, …, keyCertSign (5), cRLSign (6). */
  keyUsage: (...bits: readonly number[]) =>
    extension.of(
      '2.5.29.15',
      der.bits(Buffer.of(bits.reduce((mask, bit) => mask | (0x80 >> bit), 0)), 0),
      true,
    ),
  purposes: (oids: readonly string[], critical = false) =>
    extension.of('2.5.29.37', der.sequence(...oids.map(der.oid)), critical),
  /** Kinds: 1 e-mail, 2 DNS, 6 URI. */
  names: (...names: readonly (readonly [1 | 2 | 6, string])[]) =>
    extension.of(
      '2.5.29.17',
      der.sequence(...names.map(([kind, name]) => der.element(0x80 + kind, Buffer.from(name)))),
    ),
}

export const PURPOSE = {
  codeSigning: '1.3.6.1.5.5.7.3.3',
  timeStamping: '1.3.6.1.5.5.7.3.8',
  serverAuth: '1.3.6.1.5.5.7.3.1',
  any: '2.5.29.37.0',
}

export interface Holder {
  readonly name: Buffer
  readonly keys: { readonly privateKey: KeyObject; readonly publicKey: KeyObject }
  readonly serial: Buffer
  /** DER */
  readonly certificate: Buffer
  readonly pem: string
}

export interface Request {
  readonly name: string
  readonly by?: Holder
  readonly extensions: readonly Buffer[]
  /** A text stands as it is, for times that are none. */
  readonly from?: Date | string
  readonly to?: Date | string
  readonly keys?: Holder['keys']
  readonly hash?: 'md5' | 'sha1' | 'sha224' | 'sha256' | 'sha384'
  /** Signed with RSASSA-PSS and this hash; SHA-1 goes without saying (RFC 4055 section 3.1). */
  readonly pss?: 'sha1' | 'sha256'
}

const NAME_TYPES: Record<string, string> = { CN: '2.5.4.3', O: '2.5.4.10', C: '2.5.4.6' }
const DAY = 24 * 60 * 60 * 1000
const now = Date.now()
export const days = (count: number) => new Date(now + count * DAY)

export const ecKeys = (namedCurve = 'P-256') => generateKeyPairSync('ec', { namedCurve })
export const rsaKeys = (modulusLength = 2048) => generateKeyPairSync('rsa', { modulusLength })

/** Issues a certificate that says whatever a test wants. @param name as `CN=release,O=Acme`, most specific first */
export function issue(request: Request): Holder {
  const { by, extensions, from = days(-30), to = days(30), keys = ecKeys(), hash = 'sha256' } = request
  const name = nameOf(request.name)
  const serial = Buffer.concat([Buffer.of(0x40), randomBytes(8)])
  const key = by?.keys.privateKey ?? keys.privateKey
  const { pss } = request
  const algorithm = pss === undefined ? algorithmOf(key, hash) : pssAlgorithm(pss)
  const tbs = der.sequence(
    der.context(0, der.integer(2)),
    der.integer(serial),
    algorithm,
    by?.name ?? name,
    der.sequence(der.time(from), der.time(to)),
    name,
    keys.publicKey.export({ type: 'spki', format: 'der' }),
    ...(extensions.length === 0 ? [] : [der.context(3, der.sequence(...extensions))]),
  )
  const padding = constants.RSA_PKCS1_PSS_PADDING
  const signature =
    pss === undefined
      ? sign(hashFor(key, hash), tbs, key)
      : sign(pss, tbs, { key, padding, saltLength: pss === 'sha1' ? 20 : 32 })
  const certificate = der.sequence(tbs, algorithm, der.bits(signature))
  return { name, keys, serial, certificate, pem: pemOf(certificate) }
}

export function pemOf(certificate: Buffer): string {
  const lines = certificate.toString('base64').match(/.{1,64}/g) ?? []
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`
}

function nameOf(text: string): Buffer {
  const parts = text.split(',').map((part) => part.split('=') as [string, string])
  return der.sequence(
    ...parts
      .reverse()
      .map(([type, value]) => der.set(der.sequence(der.oid(NAME_TYPES[type] ?? ''), der.utf8(value)))),
  )
}

const SIGNATURES: Record<string, string> = {
  'rsa md5': '1.2.840.113549.1.1.4',
  'rsa sha1': '1.2.840.113549.1.1.5',
  'rsa sha256': '1.2.840.113549.1.1.11',
  'ec sha1': '1.2.840.10045.4.1',
  'ec sha224': '1.2.840.10045.4.3.1',
  'ec sha256': '1.2.840.10045.4.3.2',
  'ec sha384': '1.2.840.10045.4.3.3',
}
const HASHES: Record<string, string> = {
  sha1: '1.3.14.3.2.26',
  sha256: '2.16.840.1.101.3.4.2.1',
  sha384: '2.16.840.1.101.3.4.2.2',
}

function algorithmOf(key: KeyObject, hash: string): Buffer {
  if (key.asymmetricKeyType === 'ed25519') return der.sequence(der.oid('1.3.101.112'))
  const oid = der.oid(SIGNATURES[`${key.asymmetricKeyType} ${hash}`] ?? '')
  return key.asymmetricKeyType === 'rsa' ? der.sequence(oid, Buffer.of(5, 0)) : der.sequence(oid)
}

function pssAlgorithm(hash: 'sha1' | 'sha256'): Buffer {
  const oid = der.oid('1.2.840.113549.1.1.10')
  if (hash === 'sha1') return der.sequence(oid, der.sequence())
  const sha256 = der.sequence(der.oid(HASHES['sha256'] ?? ''), Buffer.of(5, 0))
  const mask = der.sequence(der.oid('1.2.840.113549.1.1.8'), sha256)
  return der.sequence(
    oid,
    der.sequence(der.context(0, sha256), der.context(1, mask), der.context(2, der.integer(32))),
  )
}

function hashFor(key: KeyObject, hash: string): string | null {
  return key.asymmetricKeyType === 'ed25519' ? null : hash
}

export const authorityExtensions = (pathLength?: number) => [
  extension.authority(pathLength),
  extension.keyUsage(5, 6),
]
export const signerExtensions = [
  extension.keyUsage(0),
  extension.purposes([PURPOSE.codeSigning]),
  extension.names([6, 'https://acme.example/release']),
]
export const stamperExtensions = [extension.keyUsage(0), extension.purposes([PURPOSE.timeStamping], true)]

/** A root, an authority below it, and one signer; each may be asked for otherwise. */
export function chain(more: { readonly [Who in 'root' | 'middle' | 'leaf']?: Partial<Request> } = {}): {
  readonly root: Holder
  readonly middle: Holder
  readonly leaf: Holder
} {
  const root = issue({ name: 'CN=root,O=Acme', extensions: authorityExtensions(), ...more.root })
  const middle = issue({
    name: 'CN=issuing,O=Acme',
    by: root,
    extensions: authorityExtensions(0),
    ...more.middle,
  })
  const leaf = issue({ name: 'CN=release,O=Acme', by: middle, extensions: signerExtensions, ...more.leaf })
  return { root, middle, leaf }
}

/** A bundle by the first of these, with the certificates of all. */
export function bundleBy(holders: readonly Holder[], statement: object, stamps: readonly Buffer[] = []) {
  const [signer] = holders as [Holder]
  const payload = Buffer.from(JSON.stringify(statement))
  const { privateKey } = signer.keys
  const hash = privateKey.asymmetricKeyDetails?.namedCurve === 'secp384r1' ? 'sha384' : 'sha256'
  const sig = sign(hashFor(privateKey, hash), preAuthEncoding(PAYLOAD_TYPE, payload), privateKey)
  return bundleOf(holders, payload, sig, stamps)
}

export function signatureOf(bundle: SerializedBundle): Buffer {
  return Buffer.from(bundle.dsseEnvelope.signatures[0]?.sig ?? '', 'base64')
}

export function bundleOf(
  holders: readonly Holder[],
  payload: Buffer,
  signature: Buffer,
  stamps: readonly Buffer[] = [],
): SerializedBundle {
  return {
    mediaType: 'application/vnd.dev.sigstore.bundle.v0.3+json',
    verificationMaterial: {
      x509CertificateChain: {
        certificates: holders.map(({ certificate }) => ({ rawBytes: certificate.toString('base64') })),
      },
      ...(stamps.length === 0
        ? {}
        : {
            timestampVerificationData: {
              rfc3161Timestamps: stamps.map((stamp) => ({ signedTimestamp: stamp.toString('base64') })),
            },
          }),
    },
    dsseEnvelope: {
      payload: payload.toString('base64'),
      payloadType: PAYLOAD_TYPE,
      signatures: [{ sig: signature.toString('base64') }],
    },
  }
}

export interface Stamp {
  readonly of: Buffer
  readonly at: Date | string
  readonly by: Holder
  readonly hash?: 'sha1' | 'sha256' | 'sha384'
  readonly status?: number
  /** Certificates that come with the token. */
  readonly with?: readonly Holder[]
  /** Holder whose certificate the token names, where that is another. */
  readonly naming?: Holder
  /** Holder whose certificate it names by its digest; that of `naming` by default. */
  readonly certified?: Holder
  /** What its signature says that it is over; a timestamp by default. */
  readonly content?: string
  /** Leaves the name of the signer's certificate out of what is signed. */
  readonly anonymous?: true
  /** What stands in it twice, each as good as the other. */
  readonly twice?: 'signer' | 'digest'
}

/** An answer of a timestamp authority (RFC 3161 section 2.4.2). */
export function stamp({ of, at, by, hash = 'sha256', status = 0, naming = by, ...more }: Stamp): Buffer {
  const algorithm = (name: string) => der.sequence(der.oid(HASHES[name] ?? ''), Buffer.of(5, 0))
  const info = der.sequence(
    der.integer(1),
    der.oid('1.2.3.4'),
    der.sequence(algorithm(hash), der.octets(createHash(hash).update(of).digest())),
    der.integer(7),
    der.time(at),
  )
  const attribute = (oid: string, value: Buffer) => der.sequence(der.oid(oid), der.set(value))
  const attributes = [
    attribute('1.2.840.113549.1.9.3', der.oid(more.content ?? '1.2.840.113549.1.9.16.1.4')),
    attribute('1.2.840.113549.1.9.4', der.octets(createHash('sha256').update(info).digest())),
  ]
  if (more.twice === 'digest') attributes.push(...attributes.slice(1))
  if (!more.anonymous) {
    const digest = createHash('sha256')
      .update((more.certified ?? naming).certificate)
      .digest()
    const id = der.sequence(der.sequence(der.sequence(der.octets(digest))))
    attributes.push(attribute('1.2.840.113549.1.9.16.2.47', id))
  }
  const key = by.keys.privateKey
  const signer = der.sequence(
    der.integer(1),
    der.sequence(issuerOf(naming), der.integer(naming.serial)),
    algorithm('sha256'),
    der.context(0, ...attributes),
    key.asymmetricKeyType === 'rsa'
      ? der.sequence(der.oid('1.2.840.113549.1.1.1'))
      : algorithmOf(key, 'sha256'),
    der.octets(sign(hashFor(key, 'sha256'), der.set(...attributes), key)),
  )
  const certificates = (more.with ?? []).map(({ certificate }) => certificate)
  const signedData = der.sequence(
    der.integer(3),
    der.set(algorithm('sha256')),
    der.sequence(der.oid('1.2.840.113549.1.9.16.1.4'), der.context(0, der.octets(info))),
    ...(certificates.length === 0 ? [] : [der.context(0, ...certificates)]),
    der.set(signer, ...(more.twice === 'signer' ? [signer] : [])),
  )
  const token = der.sequence(der.oid('1.2.840.113549.1.7.2'), der.context(0, signedData))
  return der.sequence(der.sequence(der.integer(status)), token)
}

/** DER of the issuer's name, which stands after the version, the serial number and the algorithm. */
function issuerOf({ certificate }: Holder): Buffer {
  const inside = (data: Buffer) => data.subarray(headOf(data))
  const headOf = (data: Buffer) => ((data[1] ?? 0) < 0x80 ? 2 : 2 + ((data[1] ?? 0) & 0x7f))
  const sizeOf = (data: Buffer) => {
    const head = headOf(data)
    return head + (head === 2 ? (data[1] ?? 0) : data.readUIntBE(2, head - 2))
  }
  let rest = inside(inside(certificate))
  for (let skipped = 0; skipped < 3; skipped++) rest = rest.subarray(sizeOf(rest))
  return rest.subarray(0, sizeOf(rest))
}
