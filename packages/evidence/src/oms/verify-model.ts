import { refusal } from '../refusal.js'
import { judgeAge } from '../verify/time.js'
import { type SignedBy, type VerifiedEvidence, verifySignature } from '../verify/verifier.js'
import { compareModel, type ModelDifference } from './compare.js'
import { type ModelManifest, OMS_TYPE, readModelManifest } from './manifest.js'

export interface ModelExpectation {
  readonly signedBy: SignedBy
  readonly maxAgeSeconds?: number
  readonly now: Date
  /** Exact relative paths that the reader leaves out. */
  readonly ignore: readonly string[]
}

/** A verified signature of a model, and how the directory differs from what was signed. */
export interface VerifiedModel {
  readonly evidence: VerifiedEvidence
  readonly manifest: ModelManifest
  readonly difference: ModelDifference
}

/**
 * Verifies the signature of a model and compares the directory with the signed manifest, file by file. A difference
 * is returned, not thrown: the caller decides, and needs all of it to say what changed.
 * @param root absolute path of the directory, or of the one file
 * @throws SluiceError EVIDENCE_*, HASH_*
 */
export async function verifyModel(
  bundle: unknown,
  root: string,
  expectation: ModelExpectation,
): Promise<VerifiedModel> {
  const evidence = await verifySignature(bundle, expectation.signedBy)
  if (evidence.statement.predicateType !== OMS_TYPE) {
    throw refusal(
      'EVIDENCE_PREDICATE_TYPE',
      `The evidence is of type ${JSON.stringify(evidence.statement.predicateType)}; expected ${OMS_TYPE}.`,
    )
  }
  const signedAt = evidence.signedAt === undefined ? undefined : new Date(evidence.signedAt)
  judgeAge(signedAt, expectation.now, expectation.maxAgeSeconds)
  const manifest = readModelManifest(evidence.statement)
  return { evidence, manifest, difference: compareModel(manifest, root, expectation.ignore) }
}
