import { createPublicKey, verify } from 'node:crypto'
import type { ParsedBundle } from '../bundle/bundle.js'
import { preAuthEncoding } from '../bundle/envelope.js'
import { refusal } from '../refusal.js'
import { hashFor, keyHint, readPublicKey } from '../sign/key.js'
import { toSigstore, verifyWitnessed, type WitnessedTime } from './keyless.js'
import { matchVerifier } from './log-entry.js'
import type { TrustRoot } from './trust-root.js'

/**
 * Verifies a bundle signed by a key that the caller trusts; the hint in the bundle is not used.
 * Log entries and timestamps are verified when a trust root is given, and count for nothing without one.
 * @param pem the public key
 * @throws SluiceError EVIDENCE_*, VERIFY_KEY_UNREADABLE, SIGN_KEY_UNSUPPORTED
 */
export async function verifyKeyed(
  bundle: ParsedBundle,
  pem: string,
  root?: TrustRoot,
): Promise<{ readonly keyHint: string; readonly time: WitnessedTime | undefined }> {
  const key = readPublicKey(pem)
  if (bundle.json.verificationMaterial.publicKey === undefined) {
    throw refusal(
      'EVIDENCE_KEY_KIND',
      'The bundle is signed with a certificate; expected one signed by the key.',
    )
  }
  const signed = preAuthEncoding(bundle.payloadType, bundle.payload)
  if (!verify(hashFor(key), signed, key, bundle.signature)) {
    throw refusal(
      'EVIDENCE_SIGNATURE_INVALID',
      `The signature is not by the key ${keyHint(key).slice(0, 16)}.`,
    )
  }
  if (root === undefined) return { keyHint: keyHint(key), time: undefined }
  const parsed = await toSigstore(bundle)
  const time = await verifyWitnessed(parsed, root, () => ({
    publicKey: createPublicKey(pem),
    validFor: () => true,
  }))
  for (const entry of parsed.verificationMaterial.tlogEntries) matchVerifier(entry.canonicalizedBody, key)
  return { keyHint: keyHint(key), time }
}
