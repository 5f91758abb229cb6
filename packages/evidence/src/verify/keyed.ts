import type { ParsedBundle } from '../bundle/bundle.js'
import { refusal } from '../refusal.js'
import { keyHint, readPublicKey } from '../sign/key.js'
import { verifyWitnessed, type WitnessedTime } from './keyless.js'
import { matchVerifier } from './log-entry.js'
import { isSignedBy } from './signature.js'
import type { TrustRoot } from './trust-root.js'
import { judgeThresholds, type Thresholds } from './witnesses.js'

export interface KeyTrust {
  /** Public key, PEM. */
  readonly key: string
  readonly trustRoot?: TrustRoot
  readonly thresholds?: Thresholds
}

/**
 * Verifies a bundle signed by a key that the caller trusts; the hint in the bundle is not used.
 * Log entries and timestamps are verified when a trust root is given, and count for nothing without one.
 * @throws SluiceError EVIDENCE_*, VERIFY_KEY_UNREADABLE, SIGN_KEY_UNSUPPORTED
 */
export async function verifyKeyed(
  bundle: ParsedBundle,
  { key: pem, trustRoot, thresholds = {} }: KeyTrust,
): Promise<{ readonly keyHint: string; readonly time: WitnessedTime | undefined }> {
  const key = readPublicKey(pem)
  if (bundle.json.verificationMaterial.publicKey === undefined) {
    throw refusal(
      'EVIDENCE_KEY_KIND',
      'The bundle is signed with a certificate; expected one signed by the key.',
    )
  }
  if (!isSignedBy(bundle, key)) {
    throw refusal(
      'EVIDENCE_SIGNATURE_INVALID',
      `The signature is not by the key ${keyHint(key).slice(0, 16)}.`,
    )
  }
  if (trustRoot === undefined) {
    judgeThresholds(new Set(), new Set(), thresholds)
    return { keyHint: keyHint(key), time: undefined }
  }
  const { time, entries } = await verifyWitnessed(bundle, trustRoot, thresholds, () => ({
    publicKey: key,
    validFor: () => true,
  }))
  for (const entry of entries) matchVerifier(entry, key)
  return { keyHint: keyHint(key), time }
}
