import { createHash, type KeyObject, X509Certificate } from 'node:crypto'
import { preAuthEncoding } from '../../bundle/envelope.js'

/** What vouches for a signature in a log: the certificate of the key, or the bare key. */
export type Vouching =
  | { readonly kind: 'certificate'; readonly der: Buffer }
  | { readonly kind: 'key'; readonly key: KeyObject }

/** An envelope that has been signed; nothing that follows signs again. */
export interface Signed {
  readonly payloadType: string
  readonly payload: Buffer
  readonly signature: Buffer
  readonly by: Vouching
}

/** The public key that verifies it. */
export function publicKeyOf(by: Vouching): KeyObject {
  return by.kind === 'key' ? by.key : new X509Certificate(by.der).publicKey
}

/** Digest of what the signature is over. */
export function signedDigest({ payloadType, payload }: Signed, hash: string): Buffer {
  return createHash(hash).update(preAuthEncoding(payloadType, payload)).digest()
}
