import { isAbout } from '../bundle/statement.js'
import { treeDigest } from '../hash/tree.js'
import { isUnchanged, type ModelDifference } from '../oms/compare.js'
import { type ModelManifest, OMS_TYPE, readModelManifest } from '../oms/manifest.js'
import { PROVENANCE_TYPE } from '../provenance/types.js'
import { refusal } from '../refusal.js'
import { type SignedBy, type VerifiedEvidence, verifySignature } from '../verify/verifier.js'

/** What `cosign sign` says of an image: that it is the one which was meant. */
const COSIGN_TYPE = 'https://sigstore.dev/cosign/sign/v1'
/** What vouches for a subject as such; a test result or a scan may say that it is bad. */
const VOUCHING: readonly string[] = [OMS_TYPE, PROVENANCE_TYPE, COSIGN_TYPE]

/** Compares a model with a manifest; undefined where only its digest is known. */
export type CompareModel = (manifest: ModelManifest) => Promise<ModelDifference | undefined>

/**
 * Verifies evidence that vouches for a digest: provenance, cosign's signature, or the signature of a model that is
 * what `compare` sees, or whose manifest lists what the digest of names and contents commits to.
 * @param digest `sha256:<hex>`, or another by its in-toto name
 * @throws SluiceError EVIDENCE_*; MODEL_* of an artifact whose layers are no files; HASH_*
 */
export async function verifyVouching(
  bundle: Uint8Array,
  digest: string,
  signedBy: SignedBy,
  now: Date,
  compare?: CompareModel,
): Promise<VerifiedEvidence> {
  const evidence = await verifySignature(bundle, signedBy, now)
  const { statement } = evidence
  if (!VOUCHING.includes(statement.predicateType)) {
    throw refusal(
      'EVIDENCE_PREDICATE_TYPE',
      `The evidence is of type ${JSON.stringify(statement.predicateType)}; expected ${VOUCHING.join(' or ')}.`,
    )
  }
  if (statement.predicateType !== OMS_TYPE) {
    if (isAbout(statement, digest)) return evidence
    throw refusal('EVIDENCE_SUBJECT_MISMATCH', `The evidence is about something else; expected ${digest}.`)
  }
  const manifest = readModelManifest(statement)
  if (digestOfNames(manifest) === digest) return evidence
  const difference = await compare?.(manifest)
  if (difference !== undefined && isUnchanged(difference)) return evidence
  throw refusal(
    'EVIDENCE_SUBJECT_MISMATCH',
    `It is not what was signed: ${difference === undefined ? `expected ${digest}` : differs(difference)}.`,
  )
}

function differs({ extra, missing, changed }: ModelDifference): string {
  const [file] = [...changed, ...missing, ...extra]
  const files = extra.length + missing.length + changed.length
  return `${files} ${files === 1 ? 'file differs' : 'files differ'}, the first ${JSON.stringify(file?.slice(0, 200))}`
}

/**
 * The digest of names and contents, from the manifest alone, or of the one file that it is of; undefined of shards and
 * other hashes.
 */
function digestOfNames({ method, hashType, resources, name }: ModelManifest): string | undefined {
  if (method !== 'files' || hashType !== 'sha256') return undefined
  const [only, more] = resources
  if (only !== undefined && more === undefined && ['.', name].includes(only.name))
    return `sha256:${only.digest}`
  return treeDigest(resources.map(({ name, digest }) => ({ path: name, sha256: digest })))
}
