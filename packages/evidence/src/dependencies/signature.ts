import type { SluiceError } from '@sluice/errors'
import { isSluiceError } from '@sluice/errors'
import { digestOf, type Repository } from '@sluice/oci'
import { BUNDLE_LIMIT, parseBundle } from '../bundle/bundle.js'
import { type CompareModel, verifyVouching } from '../lineage/vouching.js'
import { refusal } from '../refusal.js'
import { referrersStore } from '../store/referrers.js'
import type { VerifiedEvidence } from '../verify/verifier.js'
import type { DeclaredSignature } from './declaration.js'
import { readSigner } from './signer.js'
import type { DependencySources } from './sources.js'

/** What has a signature of its own. */
export interface Signable {
  /** `sha256:<hex>`, or another digest by its in-toto name. */
  readonly digest: string
  /** Compares what is there with a model manifest. */
  readonly compare?: CompareModel
  /** Where the signature is when none is named. */
  readonly beside?: { readonly bundle: string } | { readonly repository: Repository }
}

/** What the provenance says of a signature that held. Digests are in-toto's, by algorithm. */
export interface SignatureRecord {
  readonly predicateType: string
  /** Of the stored bundle. */
  readonly bundle: { readonly sha256: string }
  /** Of the signed payload: of a model signature this names the manifest, which commits to names; its root does not. */
  readonly payload: { readonly sha256: string }
  /** The hint of the key, or the identity and who issued it. */
  readonly signer: Readonly<Record<string, string>>
  readonly signedAt?: string
}

/**
 * Verifies the signature that a dependency has of its own: a model signature that is of these files, or provenance
 * or cosign's signature about this digest.
 * @throws SluiceError EVIDENCE_* (refused), FILE_*, TRUST_ROOT_MALFORMED, STORE_*
 */
export async function verifyOwnSignature(
  signable: Signable,
  declared: DeclaredSignature,
  sources: DependencySources,
): Promise<SignatureRecord> {
  const { digest, compare } = signable
  const signedBy = await readSigner(declared.signedBy, sources)
  let nearest: SluiceError | undefined
  for (const bytes of await candidates(signable, declared, sources)) {
    try {
      return record(await verifyVouching(bytes, digest, signedBy, sources.now, compare), bytes)
    } catch (error) {
      // An artifact whose layers are no files cannot be compared with a manifest; other evidence may vouch for it.
      if (!isSluiceError(error) || (error.kind !== 'refused' && error.code !== 'MODEL_NOT_MAPPED'))
        throw error
      nearest ??= error
    }
  }
  throw nearest ?? refusal('EVIDENCE_NONE', `There is no signature of ${digest}.`)
}

async function candidates(
  { digest, beside }: Signable,
  declared: DeclaredSignature,
  sources: DependencySources,
): Promise<readonly Uint8Array[]> {
  if (declared.bundle === undefined && beside !== undefined && 'repository' in beside)
    return (await referrersStore(beside.repository).list(digest)).map(({ bytes }) => bytes)
  const file = declared.bundle ?? (beside && 'bundle' in beside ? beside.bundle : undefined)
  return file === undefined ? [] : [await sources.read(file, BUNDLE_LIMIT)]
}

function record(evidence: VerifiedEvidence, bytes: Uint8Array): SignatureRecord {
  const { statement, signedAt } = evidence
  const { kind: _kind, ...who } = evidence.signer
  return {
    predicateType: statement.predicateType,
    bundle: { sha256: hex(bytes) },
    payload: { sha256: hex(parseBundle(bytes).payload) },
    signer: who,
    ...(signedAt === undefined ? {} : { signedAt }),
  }
}

function hex(bytes: Uint8Array): string {
  return digestOf(bytes).slice('sha256:'.length)
}
