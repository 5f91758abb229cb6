import { X509Certificate } from 'node:crypto'
import type { Bundle } from '@sigstore/bundle'
import type { KeyFinderFunc } from '@sigstore/verify'
import { type ParsedBundle, parseBundle, type SerializedBundle } from '../bundle/bundle.js'
import { type EvidenceCode, refusal } from '../refusal.js'
import { type Certified, readLeaf } from './certificate.js'
import { matchVerifier } from './log-entry.js'
import { isSignedBy, isSignedDigest } from './signature.js'
import type { TrustRoot } from './trust-root.js'

/** `@sigstore/verify`'s error codes, by the rule each stands for. */
const CODES: Record<string, EvidenceCode> = {
  SIGNATURE_ERROR: 'EVIDENCE_SIGNATURE_INVALID',
  CERTIFICATE_ERROR: 'EVIDENCE_CERTIFICATE',
  TIMESTAMP_ERROR: 'EVIDENCE_TIMESTAMP_INVALID',
  TLOG_BODY_ERROR: 'EVIDENCE_LOG_MISMATCH',
  TLOG_ERROR: 'EVIDENCE_LOG_INVALID',
  TLOG_INCLUSION_PROOF_ERROR: 'EVIDENCE_LOG_INVALID',
  TLOG_INCLUSION_PROMISE_ERROR: 'EVIDENCE_LOG_INVALID',
  TLOG_MISSING_INCLUSION_ERROR: 'EVIDENCE_LOG_INVALID',
}

/** A time that somebody other than the signer vouches for. */
export interface WitnessedTime {
  readonly at: Date
  readonly by: 'log' | 'timestamp'
}

/**
 * Verifies a bundle signed with a certificate: path and period at the witnessed time, certificate log, log entry
 * with its proof, signature over the payload; then what `@sigstore/verify` 4 leaves open (purpose of the
 * certificate, whose key the log entry names, proofs whatever the media type says).
 * Who signed is not judged here.
 * @throws SluiceError EVIDENCE_*
 */
export async function verifyCertified(
  bundle: ParsedBundle,
  root: TrustRoot,
): Promise<Certified & { readonly time: WitnessedTime }> {
  const { certificate } = bundle.json.verificationMaterial
  if (certificate === undefined) {
    throw refusal(
      'EVIDENCE_UNSUPPORTED',
      'The bundle holds a chain of certificates; expected the signing one alone.',
    )
  }
  const leaf = Buffer.from(certificate.rawBytes, 'base64')
  const { time, entries } = await verifyWitnessed(bundle, root, () => {
    throw refusal('EVIDENCE_KEY_KIND', 'The bundle is signed by a bare key; expected a certificate.')
  })
  const certified = await readLeaf(leaf).catch((cause: unknown) => {
    throw translated(cause)
  })
  const key = new X509Certificate(leaf).publicKey
  for (const entry of entries) matchVerifier(entry, key, leaf)
  return { ...certified, time }
}

/**
 * Runs `@sigstore/verify` with what the trust root demands.
 * @returns the earliest witnessed time, which is the strictest for freshness, and the log entries' bodies
 * @throws SluiceError EVIDENCE_*
 */
export async function verifyWitnessed(
  bundle: ParsedBundle,
  root: TrustRoot,
  keys: KeyFinderFunc,
): Promise<{ readonly time: WitnessedTime; readonly entries: readonly Buffer[] }> {
  const parsed = await toSigstore(bundle)
  const { tlogEntries } = parsed.verificationMaterial
  if (root.demands.log && tlogEntries.length === 0) {
    throw refusal('EVIDENCE_LOG_MISSING', 'The bundle has no log entry, and the trust root names a log.')
  }
  // The media type is the signer's word; a v0.1 one would let `@sigstore/verify` pass without a proof.
  if (tlogEntries.some((entry) => entry.inclusionProof?.checkpoint === undefined)) {
    throw refusal('EVIDENCE_LOG_MISSING', 'A log entry comes without its proof of inclusion.')
  }
  const times = await witnessedTimes(parsed)
  const [first] = times
  if (first === undefined) {
    throw refusal('EVIDENCE_TIMESTAMP_MISSING', 'Neither a log nor a timestamp authority vouches for a time.')
  }
  const { toSignedEntity, Verifier } = await import('@sigstore/verify')
  try {
    const verifier = new Verifier(
      { ...root.material, publicKey: keys },
      {
        tlogThreshold: root.demands.log ? 1 : 0,
        ctlogThreshold: root.demands.certificateLog ? 1 : 0,
        timestampThreshold: 1,
      },
    )
    const entity = toSignedEntity(parsed)
    entity.signature.verifySignature = (key) => isSignedBy(bundle, key)
    entity.signature.compareSignedDigest = (digest) => isSignedDigest(bundle, digest)
    verifier.verify(entity)
  } catch (cause) {
    throw translated(cause)
  }
  return {
    time: times.reduce((earliest, time) => (time.at < earliest.at ? time : earliest), first),
    entries: tlogEntries.map((entry) => entry.canonicalizedBody),
  }
}

/** A bundle in `@sigstore/bundle`'s form. @throws SluiceError EVIDENCE_MALFORMED */
async function toSigstore(bundle: ParsedBundle): Promise<Bundle> {
  const { bundleFromJSON } = await import('@sigstore/bundle')
  try {
    return bundleFromJSON(bundle.json)
  } catch (cause) {
    throw refusal('EVIDENCE_MALFORMED', 'The bundle lacks what its version of the format asks for.', cause)
  }
}

/** Verifies what was just signed, before anyone relies on it. @throws SluiceError EVIDENCE_* */
export async function verifySelf(bundle: SerializedBundle, root: TrustRoot): Promise<void> {
  await verifyCertified(parseBundle(bundle), root)
}

/** The times in the bundle; they count only once `Verifier` has accepted every one of them. */
async function witnessedTimes(bundle: Bundle): Promise<WitnessedTime[]> {
  const { RFC3161Timestamp } = await import('@sigstore/core')
  const { tlogEntries, timestampVerificationData } = bundle.verificationMaterial
  const logged = tlogEntries
    // A time without the log's signed promise is not signed by anyone; version 2 of the log gives none.
    .filter((entry) => entry.inclusionPromise !== undefined && entry.integratedTime !== '0')
    .map((entry) => ({ at: new Date(Number(entry.integratedTime) * 1000), by: 'log' as const }))
  try {
    const stamped = (timestampVerificationData?.rfc3161Timestamps ?? []).map((time) => ({
      at: RFC3161Timestamp.parse(Buffer.from(time.signedTimestamp)).signingTime,
      by: 'timestamp' as const,
    }))
    return [...logged, ...stamped]
  } catch (cause) {
    throw refusal('EVIDENCE_TIMESTAMP_INVALID', 'A timestamp is not one of RFC 3161.', cause)
  }
}

function translated(cause: unknown): unknown {
  if (!(cause instanceof Error)) return cause
  if (cause.name === 'SluiceError') return cause
  const code = 'code' in cause && typeof cause.code === 'string' ? CODES[cause.code] : undefined
  return refusal(
    code ?? 'EVIDENCE_MALFORMED',
    `The bundle does not verify: ${cause.message.slice(0, 300)}.`,
    cause,
  )
}
