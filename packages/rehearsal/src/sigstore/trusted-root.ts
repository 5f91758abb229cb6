import type { MerkleLog } from './merkle-log.js'

/** Who vouches in a local Sigstore; certificates in DER, leaf first. */
export interface Vouching {
  readonly url: string
  readonly logs: readonly MerkleLog[]
  readonly authority: readonly Uint8Array[]
  readonly certificateLog?: { readonly publicKey: Uint8Array; readonly id: Uint8Array }
  readonly timestamps?: readonly Uint8Array[]
}

/** TrustedRoot in JSON (sigstore/protobuf-specs, sigstore_trustroot.proto, the 0.1 form). */
export function trustedRootOf({ url, logs, authority, certificateLog, timestamps }: Vouching): string {
  const validFor = { start: new Date(Date.now() - 60_000).toISOString() }
  const base64 = (data: Uint8Array) => Buffer.from(data).toString('base64')
  const chain = (certificates: readonly Uint8Array[]) => ({
    certificates: certificates.map((der) => ({ rawBytes: base64(der) })),
  })
  const log = (publicKey: Uint8Array, id: Uint8Array, keyDetails: string) => ({
    baseUrl: url,
    hashAlgorithm: 'SHA2_256',
    publicKey: { rawBytes: base64(publicKey), keyDetails, validFor },
    logId: { keyId: base64(id) },
  })
  const issuedBy = (commonName: string, certificates: readonly Uint8Array[]) => ({
    subject: { organization: 'sigstore.mock', commonName },
    uri: url,
    certChain: chain(certificates),
    validFor,
  })
  return JSON.stringify({
    mediaType: 'application/vnd.dev.sigstore.trustedroot+json;version=0.1',
    tlogs: logs.map((one) => log(one.publicKey, one.id, one.keyDetails)),
    certificateAuthorities: [issuedBy('sigstore', authority)],
    ctlogs: certificateLog
      ? [log(certificateLog.publicKey, certificateLog.id, 'PKIX_ECDSA_P256_SHA_256')]
      : [],
    timestampAuthorities: timestamps ? [issuedBy('tsa', timestamps)] : [],
  })
}

/** SigningConfig in JSON, v0.2: where a client finds the services; timestamps by full URL, the others by base. */
export function signingConfigOf(url: string, oidcUrls: readonly string[]): string {
  const validFor = { start: new Date(Date.now() - 60_000).toISOString() }
  const service = (at: string, majorApiVersion: number) => ({
    url: at,
    majorApiVersion,
    validFor,
    operator: 'rehearsal',
  })
  return JSON.stringify({
    mediaType: 'application/vnd.dev.sigstore.signingconfig.v0.2+json',
    caUrls: [service(url, 1)],
    oidcUrls: oidcUrls.map((at) => service(at, 1)),
    rekorTlogUrls: [service(url, 2), service(url, 1)],
    rekorTlogConfig: { selector: 'ANY' },
    tsaUrls: [service(`${url}/api/v1/timestamp`, 1)],
    tsaConfig: { selector: 'ANY' },
  })
}
