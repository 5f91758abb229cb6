import type { ParsedBundle } from '../bundle/bundle.js'
import { type Certificate, readCertificate } from '../certificate/certificate.js'
import { CODE_SIGNING, certifiedPath } from '../certificate/path.js'
import { readAnchors } from '../certificate/pem.js'
import { refusal } from '../refusal.js'
import { certificateRefusal } from './certificate.js'
import { type Identity, judgeIdentity } from './identity.js'
import type { WitnessedTime } from './keyless.js'
import { isSignedBy } from './signature.js'
import { type TimeSources, witnessedTime } from './witnessed-time.js'

/** Signers with a certificate of an authority of one's own. */
export interface SignedByAuthority extends TimeSources {
  /** Certificates of the authorities that are trusted, PEM; a path that leads to one ends there. */
  readonly authority: string
  /**
   * A URI, e-mail address or DNS name of the certificate's alternative names, or its subject as RFC 4514 writes it,
   * `CN=release,O=Acme,C=DE`.
   */
  readonly identity: Identity
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
  const time = await witnessedTime(bundle, signer.publicKey, expected, signer.x509.raw)
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
