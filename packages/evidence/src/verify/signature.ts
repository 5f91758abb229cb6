import { createHash, type KeyObject, verify } from 'node:crypto'
import { isSluiceError } from '@sluice/errors'
import type { ParsedBundle } from '../bundle/bundle.js'
import { preAuthEncoding } from '../bundle/envelope.js'
import { outdatedEncoding } from '../oms/compatibility.js'
import { refusal } from '../refusal.js'
import { hashFor } from '../sign/key.js'

/**
 * Whether the envelope's signature is by a key, over the encoding of the envelope's own payload type. The hash follows
 * the curve; `@sigstore/verify` 4 takes SHA-256 for each.
 * @throws SluiceError EVIDENCE_UNSUPPORTED for a key of another kind
 */
export function isSignedBy(bundle: ParsedBundle, key: KeyObject): boolean {
  if (bundle.form === 'model-signing-0.2') {
    // That version took SHA-256 for every curve.
    if (key.asymmetricKeyType !== 'ec') return false
    return verify('sha256', outdatedEncoding(bundle.payloadType, bundle.payload), key, bundle.signature)
  }
  return verify(hash(key), preAuthEncoding(bundle.payloadType, bundle.payload), key, bundle.signature)
}

/** Hashes of ECDSA signatures by the length of their digests. */
const HASHES: Readonly<Record<number, string>> = { 32: 'sha256', 48: 'sha384', 64: 'sha512' }

/**
 * Whether a log entry's digest is of what the envelope's signature is over, by the hash that its length names: a log of
 * version 2 takes the one that belongs to the curve, and `@sigstore/verify` 4 SHA-256 for each.
 */
export function isSignedDigest(bundle: ParsedBundle, digest: Uint8Array): boolean {
  const hash = HASHES[digest.length]
  if (hash === undefined) return false
  const signed = preAuthEncoding(bundle.payloadType, bundle.payload)
  return createHash(hash).update(signed).digest().equals(digest)
}

function hash(key: KeyObject): string | null {
  try {
    return hashFor(key)
  } catch (cause) {
    throw refusal(
      'EVIDENCE_UNSUPPORTED',
      isSluiceError(cause) ? cause.message : 'The key is of an unknown type.',
      cause,
    )
  }
}
