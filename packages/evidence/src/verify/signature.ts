import { type KeyObject, verify } from 'node:crypto'
import { isSluiceError } from '@sluice/errors'
import type { ParsedBundle } from '../bundle/bundle.js'
import { preAuthEncoding } from '../bundle/envelope.js'
import { refusal } from '../refusal.js'
import { hashFor } from '../sign/key.js'

/**
 * Whether the envelope's signature is by a key, over the encoding of the envelope's own payload type. The hash follows
 * the curve; `@sigstore/verify` 4 takes SHA-256 for each.
 * @throws SluiceError EVIDENCE_UNSUPPORTED for a key of another kind
 */
export function isSignedBy(bundle: ParsedBundle, key: KeyObject): boolean {
  return verify(hash(key), preAuthEncoding(bundle.payloadType, bundle.payload), key, bundle.signature)
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
