import type { Bundle } from '@sigstore/bundle'
import type { KeyFinderFunc } from '@sigstore/verify'
import { type ParsedBundle, parseBundle, type SerializedBundle } from '../bundle/bundle.js'
import { readCertificate } from '../certificate/certificate.js'
import { isIssuedBy } from '../certificate/path.js'
import { type EvidenceCode, refusal } from '../refusal.js'
import { type Certified, judgeLeaf, readCertified } from './certificate.js'
import { matchVerifier } from './log-entry.js'
import { isSignedBy, isSignedDigest } from './signature.js'
import { isWithin, type TrustedAuthority, type TrustRoot } from './trust-root.js'
import { judgeWitnesses, type Stamp, type Thresholds } from './witnesses.js'

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
 * Verifies a bundle signed with a certificate of Fulcio: path and period at the witnessed time, certificate log, log
 * entry with its proof, signature over the payload; then what `@sigstore/verify` 4 leaves open (purpose and strength of
 * the certificate, whose key the log entry names, proofs whatever the media type says).
 * Who signed is not judged here.
 * @throws SluiceError EVIDENCE_*
 */
export async function verifyCertified(
  bundle: ParsedBundle,
  root: TrustRoot,
  thresholds: Thresholds = {},
): Promise<Certified & { readonly time: WitnessedTime }> {
  const { certificate } = bundle.json.verificationMaterial
  if (certificate === undefined) {
    throw refusal(
      'EVIDENCE_KEY_KIND',
      'The bundle is signed by a certificate of an own authority; expected one of Fulcio.',
    )
  }
  const leaf = Buffer.from(certificate.rawBytes, 'base64')
  const { time, entries } = await verifyWitnessed(bundle, root, thresholds, () => {
    throw refusal('EVIDENCE_KEY_KIND', 'The bundle is signed by a bare key; expected a certificate.')
  })
  const { publicKey } = await judgeLeaf(leaf)
  for (const entry of entries) matchVerifier(entry, publicKey, leaf)
  const certified = await readCertified(leaf).catch((cause: unknown) => {
    throw translated(cause)
  })
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
  thresholds: Thresholds,
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
  const stamps = await timestamps(parsed)
  const times: WitnessedTime[] = [
    ...loggedTimes(parsed),
    ...stamps.map(({ at }) => ({ at, by: 'timestamp' as const })),
  ]
  const [first] = times
  if (first === undefined) {
    throw refusal('EVIDENCE_TIMESTAMP_MISSING', 'Neither a log nor a timestamp authority vouches for a time.')
  }
  const time = times.reduce((earliest, other) => (other.at < earliest.at ? other : earliest), first)
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
    throw (await expired(cause, bundle, root, times)) ?? translated(cause)
  }
  judgeWitnesses({ entries: tlogEntries, stamps, at: time.at }, root, thresholds)
  return { time, entries: tlogEntries.map((entry) => entry.canonicalizedBody) }
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

/**
 * The times of logs in the bundle, which count only once `Verifier` has accepted every promise. A time without the
 * log's signed promise is not signed by anyone; version 2 of the log gives none.
 */
function loggedTimes({ verificationMaterial: { tlogEntries } }: Bundle): WitnessedTime[] {
  return tlogEntries
    .filter((entry) => entry.inclusionPromise !== undefined && entry.integratedTime !== '0')
    .map((entry) => ({ at: new Date(Number(entry.integratedTime) * 1000), by: 'log' as const }))
}

/** The timestamps in the bundle, likewise unverified. */
async function timestamps({ verificationMaterial }: Bundle): Promise<Stamp[]> {
  const { RFC3161Timestamp } = await import('@sigstore/core')
  try {
    return (verificationMaterial.timestampVerificationData?.rfc3161Timestamps ?? []).map((time) => {
      const parsed = RFC3161Timestamp.parse(Buffer.from(time.signedTimestamp))
      return { at: parsed.signingTime, issuer: parsed.signerIssuer, serial: parsed.signerSerialNumber }
    })
  } catch (cause) {
    throw refusal('EVIDENCE_TIMESTAMP_INVALID', 'A timestamp is not one of RFC 3161.', cause)
  }
}

/**
 * Tells a path that was not valid at a witnessed time from one that leads nowhere: the library gives one error for both.
 */
async function expired(
  cause: unknown,
  { json }: ParsedBundle,
  { authorities }: TrustRoot,
  times: readonly WitnessedTime[],
): Promise<Error | undefined> {
  const der = json.verificationMaterial.certificate?.rawBytes
  const isPath = cause instanceof Error && 'code' in cause && cause.code === 'CERTIFICATE_ERROR'
  if (!isPath || der === undefined) return undefined
  const leaf = await readCertificate(Buffer.from(der, 'base64')).catch(() => undefined)
  if (leaf === undefined) return undefined
  const issuing = authorities.filter(({ chain }) =>
    chain.some((one) => leaf.issuer.equals(one.subject) && isIssuedBy(leaf, one)),
  )
  if (issuing.length === 0) return undefined
  const holds = (authority: TrustedAuthority, at: Date) =>
    isWithin(at, authority) &&
    [leaf, ...authority.chain].every((one) => at >= one.notBefore && at <= one.notAfter)
  const outside = times.find(({ at }) => !issuing.some((authority) => holds(authority, at)))
  if (outside === undefined) return undefined
  return refusal(
    'EVIDENCE_CERTIFICATE_EXPIRED',
    `The certificate or an authority above it was not valid when it signed, at ${outside.at.toISOString()}.`,
    cause,
  )
}

function translated(cause: unknown): unknown {
  if (!(cause instanceof Error)) return cause
  if (cause.name === 'SluiceError') return cause
  // The library has one code for the path and for the promises of certificate logs (SCTs).
  const unlogged = /\bSCTs?\b/.test(cause.message) ? 'EVIDENCE_CERTIFICATE_UNLOGGED' : undefined
  const code = 'code' in cause && typeof cause.code === 'string' ? (unlogged ?? CODES[cause.code]) : undefined
  return refusal(
    code ?? 'EVIDENCE_MALFORMED',
    `The bundle does not verify: ${cause.message.slice(0, 300)}.`,
    cause,
  )
}
