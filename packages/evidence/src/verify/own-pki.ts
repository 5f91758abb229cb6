import type { ParsedBundle, SerializedBundle } from '../bundle/bundle.js'
import { type Certificate, readCertificate } from '../certificate/certificate.js'
import { CODE_SIGNING, certifiedPath } from '../certificate/path.js'
import { readAnchors } from '../certificate/pem.js'
import { refusal } from '../refusal.js'
import {
  readTimestampAuthority,
  type VerifiedTimestamp,
  verifyTimestamp,
} from '../timestamp/verify-timestamp.js'
import { certificateRefusal } from './certificate.js'
import { type Identity, judgeIdentity } from './identity.js'
import { verifyWitnessed, type WitnessedTime } from './keyless.js'
import { matchVerifier } from './log-entry.js'
import { isSignedBy } from './signature.js'
import type { TrustRoot } from './trust-root.js'
import { judgeThresholds, type Thresholds } from './witnesses.js'

/** Signers with a certificate of an authority of one's own. */
export interface SignedByAuthority {
  /** Certificates of the authorities that are trusted, PEM; a path that leads to one ends there. */
  readonly authority: string
  /**
   * A URI, e-mail address or DNS name of the certificate's alternative names, or its subject as RFC 4514 writes it,
   * `CN=release,O=Acme,C=DE`.
   */
  readonly identity: Identity
  /** The chain of the timestamp authority, PEM. It is then demanded that it vouches for a time. */
  readonly timestampAuthority?: string
  /** In place of `timestampAuthority`: whose logs and timestamps count; what it names is demanded. */
  readonly trustRoot?: TrustRoot
  readonly thresholds?: Thresholds
  /**
   * Takes a signer whose certificate calls itself an authority, so long as its key may not sign certificates. The
   * published vectors of model_signing need it.
   */
  readonly authorityMaySign?: boolean
}

/**
 * Verifies a bundle with a chain of certificates (OMS v1.0, method certificate): signature by the first, its path to
 * a trusted authority at the trusted time, which is the earliest that a timestamp authority vouches for, and now
 * where none is named.
 * @throws SluiceError EVIDENCE_*, VERIFY_AUTHORITY_UNREADABLE
 */
export async function verifyOwnPki(
  bundle: ParsedBundle,
  expected: SignedByAuthority,
  now: Date,
): Promise<{
  readonly identity: string
  readonly authority: string
  readonly time: WitnessedTime | undefined
}> {
  const anchors = await readAnchors(expected.authority)
  const [signer, ...others] = await readChain(bundle)
  if (!isSignedBy(bundle, signer.publicKey)) {
    throw refusal(
      'EVIDENCE_SIGNATURE_INVALID',
      `The signature is not by the key of the certificate of ${JSON.stringify(signer.subjectName).slice(0, 200)}.`,
    )
  }
  const time = await witnessed(bundle, signer, expected)
  const authorityMaySign = expected.authorityMaySign ?? false
  try {
    const at = time?.at ?? now
    const path = certifiedPath(signer, { purpose: CODE_SIGNING, at, others, anchors, authorityMaySign })
    const names = [...signer.alternativeNames, ...(signer.subjectName === '' ? [] : [signer.subjectName])]
    return {
      identity: judgeIdentity(expected.identity, names),
      authority: path.at(-1)?.subjectName ?? '',
      time,
    }
  } catch (cause) {
    throw certificateRefusal(cause)
  }
}

async function readChain(bundle: ParsedBundle): Promise<[Certificate, ...Certificate[]]> {
  const { publicKey, certificate, x509CertificateChain } = bundle.json.verificationMaterial
  if (publicKey !== undefined) {
    throw refusal(
      'EVIDENCE_KEY_KIND',
      'The bundle is signed by a bare key; expected a certificate of the authority.',
    )
  }
  const ders = x509CertificateChain?.certificates ?? (certificate === undefined ? [] : [certificate])
  try {
    const chain = await Promise.all(
      ders.map(({ rawBytes }) => readCertificate(Buffer.from(rawBytes, 'base64'))),
    )
    return chain as [Certificate, ...Certificate[]]
  } catch (cause) {
    throw refusal('EVIDENCE_MALFORMED', 'A certificate of the bundle cannot be read.', cause)
  }
}

async function witnessed(
  bundle: ParsedBundle,
  signer: Certificate,
  { timestampAuthority, trustRoot, thresholds = {} }: SignedByAuthority,
): Promise<WitnessedTime | undefined> {
  if (timestampAuthority !== undefined) {
    const stamps = bundle.json.verificationMaterial.timestampVerificationData?.rfc3161Timestamps ?? []
    const authority = await readTimestampAuthority(timestampAuthority)
    const times: VerifiedTimestamp[] = []
    for (const { signedTimestamp } of stamps)
      times.push(await verifyTimestamp(Buffer.from(signedTimestamp, 'base64'), bundle.signature, authority))
    if (times.length === 0)
      throw refusal(
        'EVIDENCE_TIMESTAMP_MISSING',
        'The bundle has no timestamp, and a timestamp authority was named.',
      )
    judgeThresholds(new Set(), new Set(times.map(({ anchor }) => anchor.subjectName)), thresholds)
    return { at: new Date(Math.min(...times.map(({ at }) => at.getTime()))), by: 'timestamp' }
  }
  if (trustRoot === undefined) {
    judgeThresholds(new Set(), new Set(), thresholds)
    return undefined
  }
  const key = signer.publicKey
  const { time, entries } = await verifyWitnessed(asKeyed(bundle), trustRoot, thresholds, () => ({
    publicKey: key,
    validFor: () => true,
  }))
  for (const entry of entries) matchVerifier(entry, key, signer.x509.raw)
  return time
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
