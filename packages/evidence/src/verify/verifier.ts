import type { Statement } from '@sluice/verdict'
import { parseBundle } from '../bundle/bundle.js'
import { PAYLOAD_TYPE } from '../bundle/envelope.js'
import { isAbout, parseStatement } from '../bundle/statement.js'
import { type LayerFile, layersFault } from '../oms/artifact.js'
import { type Compatibility, inItsForm, judgeForm } from '../oms/compatibility.js'
import { OMS_TYPE, readModelManifest } from '../oms/manifest.js'
import { bindProvenance } from '../provenance/binding.js'
import { PROVENANCE_TYPE } from '../provenance/types.js'
import { refusal } from '../refusal.js'
import { judgeSummary, type SummaryExpectation } from '../vsa/judge.js'
import { VERIFICATION_SUMMARY_TYPE } from '../vsa/summary.js'
import { type Identity, judgeIdentity } from './identity.js'
import { type SignedByKey, verifyKeyed } from './keyed.js'
import { verifyCertified, type WitnessedTime } from './keyless.js'
import { type SignedByAuthority, verifyOwnPki } from './own-pki.js'
import { judgeSource, type SourceExpectation } from './source.js'
import { claimedTime, judgeAge } from './time.js'
import type { TrustRoot } from './trust-root.js'
import type { Thresholds } from './witnesses.js'

/** Whose signature counts. Names are compared exactly, or against a pattern as a whole (see `identityPattern`). */
export type SignedBy =
  | SignedByAuthority
  | SignedByKey
  | (SourceExpectation & {
      readonly identity: Identity
      readonly issuer: string
      readonly trustRoot: TrustRoot
      readonly thresholds?: Thresholds
    })

export interface Expectation {
  /** `sha256:<hex>` of what the evidence must be about. */
  readonly subject: {
    readonly digest: string
    /** Under which it must have been signed; any by default. The same bytes under another name may mean another thing. */
    readonly name?: string
    /** Of a model in a registry: what its layers are, so that the signature of the model may be about it. */
    readonly layers?: readonly LayerFile[]
  }
  readonly predicateType?: string
  readonly signedBy: SignedBy
  /** How old the evidence may be, seconds, inclusive. */
  readonly maxAgeSeconds?: number
  /** What a verification summary must say besides that it passed. */
  readonly summary?: Pick<SummaryExpectation, 'resourceUri' | 'policy'>
  readonly now: Date
}

/** Evidence that every rule held for. */
export interface VerifiedEvidence {
  readonly statement: Statement
  readonly signer:
    | { readonly kind: 'key'; readonly keyHint: string }
    | { readonly kind: 'identity'; readonly identity: string; readonly issuer: string }
    /** `authority` is the subject of the trusted certificate, as RFC 4514 writes it. */
    | { readonly kind: 'certificate'; readonly identity: string; readonly authority: string }
  /** RFC 3339, UTC: the earliest time witnessed; of a signature by key the claimed one, where that is earlier or alone. */
  readonly signedAt?: string
  /** Who vouches for `signedAt`. */
  readonly timeSource: 'log' | 'timestamp' | 'claim' | 'none'
  /** `sha256:<hex>` of the bundle as stored. */
  readonly bundleDigest: string
}

/**
 * Verifies one bundle against what is expected, all rules, failing closed.
 *
 * Time: of keyless signatures, and of those by key with a trust root, the earliest of the log's and the timestamp
 * authorities' times counts; of the latter the one claimed, where that is earlier still. Of a bare key signature no one vouches for the time; its age is judged by the time
 * that the signed predicate claims (see `claimedTime`), which the holder of the key could have written at will
 * but nobody else. A predicate without a time cannot meet `maxAgeSeconds`.
 * @param bundle stored bytes or text, or a parsed bundle (whose duplicate members are then past finding)
 * @throws SluiceError of kind `refused` with an EVIDENCE_* code for the rule that broke
 */
export async function verifyEvidence(bundle: unknown, expectation: Expectation): Promise<VerifiedEvidence> {
  const verified = await verifySignature(bundle, expectation.signedBy, expectation.now)
  const { statement } = verified
  if (expectation.predicateType !== undefined && statement.predicateType !== expectation.predicateType) {
    throw refusal(
      'EVIDENCE_PREDICATE_TYPE',
      `The evidence is of type ${JSON.stringify(statement.predicateType)}; expected ${expectation.predicateType}.`,
    )
  }
  judgeSubject(statement, expectation.subject)
  const { digest, name } = expectation.subject
  if (name !== undefined && !isAbout(statement, digest, name)) {
    const names = statement.subject
      .filter((subject) => isAbout({ ...statement, subject: [subject] }, digest))
      .map((subject) => JSON.stringify(subject.name))
      .join(', ')
    throw refusal(
      'EVIDENCE_SUBJECT_NAME',
      `It was signed as ${names.slice(0, 300)}; expected ${JSON.stringify(name)}.`,
    )
  }
  judgeAge(
    verified.signedAt === undefined ? undefined : new Date(verified.signedAt),
    expectation.now,
    expectation.maxAgeSeconds,
  )
  if (statement.predicateType === VERIFICATION_SUMMARY_TYPE)
    judgeSummary(statement, { ...expectation.summary, ...expectation })
  return verified
}

/** @throws SluiceError EVIDENCE_SUBJECT_MISMATCH */
function judgeSubject(statement: Statement, { digest, layers }: Expectation['subject']): void {
  if (isAbout(statement, digest)) return
  if (layers !== undefined && statement.predicateType === OMS_TYPE) {
    const fault = layersFault(readModelManifest(statement), layers)
    if (fault === undefined) return
    throw refusal('EVIDENCE_SUBJECT_MISMATCH', `The model signature is not of ${digest}: ${fault}.`)
  }
  const [first] = statement.subject
  throw refusal(
    'EVIDENCE_SUBJECT_MISMATCH',
    `The evidence is about ${JSON.stringify(first?.digest['sha256'] ?? first?.digest).slice(0, 200)}; expected ${digest}.`,
  )
}

/**
 * The part of `verifyEvidence` that does not depend on the subject: shape, limits, signature, signer, statement,
 * and that the statement agrees with itself and its certificate. For callers that compare the subject otherwise.
 * @param now when certificates of an own PKI have to be valid that no timestamp authority dates
 * @param compatibility forms from before the specification of models that are read too
 * @throws SluiceError EVIDENCE_*
 */
export async function verifySignature(
  bundle: unknown,
  signedBy: SignedBy,
  now: Date = new Date(),
  compatibility: readonly Compatibility[] = [],
): Promise<VerifiedEvidence> {
  const parsed = inItsForm(parseBundle(bundle), compatibility)
  if (parsed.payloadType !== PAYLOAD_TYPE) {
    throw refusal(
      'EVIDENCE_PAYLOAD_TYPE',
      `The payload is of type ${JSON.stringify(parsed.payloadType)}; expected ${PAYLOAD_TYPE}.`,
    )
  }
  if ('key' in signedBy) {
    const { keyHint, time } = await verifyKeyed(parsed, signedBy)
    const statement = consistent(parseStatement(parsed.payload), compatibility)
    return {
      statement,
      signer: { kind: 'key', keyHint },
      ...datedBy(time, statement),
      bundleDigest: parsed.digest,
    }
  }
  if ('authority' in signedBy) {
    const { identity, authority, time } = await verifyOwnPki(parsed, signedBy, now)
    const statement = consistent(parseStatement(parsed.payload), compatibility)
    return {
      statement,
      signer: { kind: 'certificate', identity, authority },
      ...datedBy(time, statement),
      bundleDigest: parsed.digest,
    }
  }
  if (parsed.json.verificationMaterial.publicKey !== undefined) {
    throw refusal(
      'EVIDENCE_KEY_KIND',
      'The bundle is signed by a bare key; expected a certificate of the identity.',
    )
  }
  const certified = await verifyCertified(parsed, signedBy.trustRoot, signedBy.thresholds)
  const { identity, issuer, time } = certified
  judgeIdentity(signedBy.identity, [identity])
  if (issuer !== signedBy.issuer) {
    throw refusal(
      'EVIDENCE_ISSUER_MISMATCH',
      `The identity was issued by ${JSON.stringify(issuer)}; expected ${signedBy.issuer}.`,
    )
  }
  judgeSource(certified, signedBy)
  const statement = consistent(parseStatement(parsed.payload), compatibility)
  if (statement.predicateType === PROVENANCE_TYPE) bindProvenance(statement, certified)
  return {
    statement,
    signer: { kind: 'identity', identity, issuer },
    signedAt: time.at.toISOString(),
    timeSource: time.by,
    bundleDigest: parsed.digest,
  }
}

/**
 * The earlier of the witnessed and the claimed time of a signature by a key that lasts. A witness says that it was there
 * by then, not when it was made: anybody may have an old one logged or stamped anew, and it must not look fresh for that.
 * Fulcio's certificates bind the two together, for they hold for minutes only.
 */
function datedBy(
  witnessed: WitnessedTime | undefined,
  statement: Statement,
): Pick<VerifiedEvidence, 'signedAt' | 'timeSource'> {
  const claimed = claimedTime(statement)
  if (witnessed !== undefined && (claimed === undefined || witnessed.at <= claimed))
    return { signedAt: witnessed.at.toISOString(), timeSource: witnessed.by }
  return claimed === undefined
    ? { timeSource: 'none' }
    : { signedAt: claimed.toISOString(), timeSource: 'claim' }
}

/** A model manifest must have the root that its subject names; the format leaves this check to the reader. */
function consistent(statement: Statement, compatibility: readonly Compatibility[]): Statement {
  judgeForm(statement.predicateType, compatibility)
  if (statement.predicateType === OMS_TYPE) readModelManifest(statement)
  return statement
}
