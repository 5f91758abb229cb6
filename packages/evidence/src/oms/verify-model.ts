import type { HashedTree } from '../hash/tree.js'
import { refusal } from '../refusal.js'
import { judgeAge } from '../verify/time.js'
import { type SignedBy, type VerifiedEvidence, verifySignature } from '../verify/verifier.js'
import { compareModel, type ModelDifference } from './compare.js'
import { type ModelManifest, OMS_TYPE, readModelManifest } from './manifest.js'

export interface ModelExpectation {
  readonly signedBy: SignedBy
  readonly maxAgeSeconds?: number
  readonly now: Date
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
 * @param tree the directory as it is, without what the reader leaves out
 * @throws SluiceError EVIDENCE_*, HASH_*
 */
export async function verifyModel(
  bundle: unknown,
  tree: HashedTree,
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
  return { evidence, manifest, difference: await compareModel(manifest, tree) }
}
