import type { ParsedBundle } from '../bundle/bundle.js'
import { refusal } from '../refusal.js'
import { keyHint, readPublicKey } from '../sign/key.js'
import type { WitnessedTime } from './keyless.js'
import { isSignedBy } from './signature.js'
import { type TimeSources, witnessedTime } from './witnessed-time.js'

export interface SignedByKey extends TimeSources {
  /** Public key, PEM. */
  readonly key: string
  /** When the key counts, both ends included. A time that somebody else vouches for is then demanded. */
  readonly validFor?: { readonly start?: Date; readonly end?: Date }
}

/**
 * Verifies a bundle signed by a key that the caller trusts; the hint in the bundle is not used.
 * Log entries and timestamps are verified against the sources that are named, and count for nothing without any.
 * @throws SluiceError EVIDENCE_*, VERIFY_KEY_UNREADABLE, VERIFY_AUTHORITY_UNREADABLE, SIGN_KEY_UNSUPPORTED
 */
export async function verifyKeyed(
  bundle: ParsedBundle,
  expected: SignedByKey,
): Promise<{ readonly keyHint: string; readonly time: WitnessedTime | undefined }> {
  const key = readPublicKey(expected.key)
  if (bundle.json.verificationMaterial.publicKey === undefined) {
    throw refusal(
      'EVIDENCE_KEY_KIND',
      'The bundle is signed with a certificate; expected one signed by the key.',
    )
  }
  const hint = keyHint(key)
  if (!isSignedBy(bundle, key)) {
    throw refusal('EVIDENCE_SIGNATURE_INVALID', `The signature is not by the key ${hint.slice(0, 16)}.`)
  }
  const time = await witnessedTime(bundle, key, expected)
  if (expected.validFor) judgePeriod(time, expected.validFor)
  return { keyHint: hint, time }
}

/** Whoever has stolen a key can claim any time, so what the statement says does not count here. */
function judgePeriod(
  time: WitnessedTime | undefined,
  { start, end }: NonNullable<SignedByKey['validFor']>,
): void {
  if (time === undefined) {
    throw refusal(
      'EVIDENCE_TIMESTAMP_MISSING',
      'The key counts for a period, and nobody vouches for when it signed.',
    )
  }
  if ((start === undefined || start <= time.at) && (end === undefined || time.at <= end)) return
  throw refusal(
    'EVIDENCE_KEY_EXPIRED',
    `The key signed at ${time.at.toISOString()}; it counts from ${start?.toISOString() ?? 'ever'} to ${end?.toISOString() ?? 'ever'}.`,
  )
}
