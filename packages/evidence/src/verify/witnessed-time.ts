import type { KeyObject } from 'node:crypto'
import type { ParsedBundle, SerializedBundle } from '../bundle/bundle.js'
import { refusal } from '../refusal.js'
import {
  readTimestampAuthority,
  type VerifiedTimestamp,
  verifyTimestamp,
} from '../timestamp/verify-timestamp.js'
import { verifyWitnessed, type WitnessedTime } from './keyless.js'
import { matchVerifier } from './log-entry.js'
import type { TrustRoot } from './trust-root.js'
import { judgeThresholds, type Thresholds } from './witnesses.js'

/** Whose word counts for when something was signed by a key or certificate that lasts. */
export interface TimeSources {
  /** The chain of the timestamp authority, PEM. It is then demanded that it vouches for a time. */
  readonly timestampAuthority?: string
  /** In place of `timestampAuthority`: whose logs and timestamps count; what it names is demanded. */
  readonly trustRoot?: TrustRoot
  readonly thresholds?: Thresholds
}

/**
 * The earliest time that a trusted source vouches for, or undefined where none is named: what a bundle brings along
 * counts for nothing then.
 * @param key that signed; `certificate` its own, DER, which log entries have to name
 * @throws SluiceError EVIDENCE_*, VERIFY_AUTHORITY_UNREADABLE
 */
export async function witnessedTime(
  bundle: ParsedBundle,
  key: KeyObject,
  { timestampAuthority, trustRoot, thresholds = {} }: TimeSources,
  certificate?: Buffer,
): Promise<WitnessedTime | undefined> {
  if (timestampAuthority !== undefined) return stampedTime(bundle, timestampAuthority, thresholds)
  if (trustRoot === undefined) {
    judgeThresholds(new Set(), new Set(), thresholds)
    return undefined
  }
  const { time, entries } = await verifyWitnessed(asKeyed(bundle), trustRoot, thresholds, () => ({
    publicKey: key,
    validFor: () => true,
  }))
  for (const entry of entries) matchVerifier(entry, key, certificate)
  return time
}

async function stampedTime(
  bundle: ParsedBundle,
  pem: string,
  thresholds: Thresholds,
): Promise<WitnessedTime> {
  const stamps = bundle.json.verificationMaterial.timestampVerificationData?.rfc3161Timestamps ?? []
  const authority = await readTimestampAuthority(pem)
  const times: VerifiedTimestamp[] = []
  for (const { signedTimestamp } of stamps)
    times.push(await verifyTimestamp(Buffer.from(signedTimestamp, 'base64'), bundle.signature, authority))
  if (times.length === 0) {
    throw refusal(
      'EVIDENCE_TIMESTAMP_MISSING',
      'The bundle has no timestamp, and a timestamp authority was named.',
    )
  }
  judgeThresholds(new Set(), new Set(times.map(({ anchor }) => anchor.subjectName)), thresholds)
  return { at: new Date(Math.min(...times.map(({ at }) => at.getTime()))), by: 'timestamp' }
}

/** The bundle as one by the signer's bare key, since `@sigstore/bundle` takes none of v0.3 with a chain. */
function asKeyed(bundle: ParsedBundle): ParsedBundle {
  const { certificate: _, x509CertificateChain: __, ...material } = bundle.json.verificationMaterial
  const json: SerializedBundle = {
    ...bundle.json,
    verificationMaterial: { ...material, publicKey: { hint: '' } },
  }
  return { ...bundle, json }
}
