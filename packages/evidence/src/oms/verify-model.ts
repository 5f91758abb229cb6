import type { HashedTree } from '../hash/tree.js'
import { refusal } from '../refusal.js'
import { judgeAge } from '../verify/time.js'
import { type SignedBy, type VerifiedEvidence, verifySignature } from '../verify/verifier.js'
import { compareModel, type ModelDifference } from './compare.js'
import type { Compatibility } from './compatibility.js'
import { DIGESTS_TYPE } from './digests.js'
import { type ModelManifest, OMS_TYPE, readModelManifest } from './manifest.js'

export interface ModelExpectation {
  readonly signedBy: SignedBy
  readonly maxAgeSeconds?: number
  readonly now: Date
  /** Forms from before the specification that are read too; none by default. */
  readonly compatibility?: readonly Compatibility[]
}

/** A verified signature of a model, not compared with any yet. */
export interface SignedModel {
  readonly evidence: VerifiedEvidence
  readonly manifest: ModelManifest
}

/** A verified signature of a model, and how the directory differs from what was signed. */
export interface VerifiedModel extends SignedModel {
  readonly difference: ModelDifference
}

/**
 * Verifies the signature of a model and reads its manifest; whether a model is what was signed, `compareModel` or
 * `compareArtifact` tells.
 * @throws SluiceError EVIDENCE_*
 */
export async function verifyModelSignature(
  bundle: unknown,
  expectation: ModelExpectation,
): Promise<SignedModel> {
  const { signedBy, now, maxAgeSeconds, compatibility } = expectation
  const evidence = await verifySignature(bundle, signedBy, now, compatibility)
  const { predicateType } = evidence.statement
  if (predicateType !== OMS_TYPE && predicateType !== DIGESTS_TYPE) {
    throw refusal(
      'EVIDENCE_PREDICATE_TYPE',
      `The evidence is of type ${JSON.stringify(predicateType)}; expected ${OMS_TYPE}.`,
    )
  }
  judgeAge(evidence.signedAt === undefined ? undefined : new Date(evidence.signedAt), now, maxAgeSeconds)
  return { evidence, manifest: readModelManifest(evidence.statement) }
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
  const signed = await verifyModelSignature(bundle, expectation)
  return { ...signed, difference: await compareModel(signed.manifest, tree) }
}
