import { SluiceError } from '@sluice/errors'
import { type Manifest, parseManifest, parseReference, type Reference, selectManifest } from '@sluice/oci'
import { DEFAULT_IGNORES } from '../hash/tree.js'
import type { CompareModel } from '../lineage/vouching.js'
import { artifactFiles, compareArtifact } from '../oms/artifact.js'
import type { DeclaredArtifact } from './declaration.js'
import { type SignatureRecord, verifyOwnSignature } from './signature.js'
import type { DependencySources } from './sources.js'

/** An artifact that is there. */
export interface FoundArtifact {
  /** Package URL (purl-spec, type `oci`); of a layout the reference itself. */
  readonly uri: string
  /** `sha256:<hex>` of the manifest. */
  readonly digest: string
  readonly mediaType: string
  /** What was declared in place of a digest; it may have moved since the build. */
  readonly tag?: string
  readonly signature?: SignatureRecord
}

/**
 * Finds a declared artifact where it is said to be, by its digest or its tag, and reads its manifest.
 * @throws SluiceError SIGN_DEPENDENCY_MISSING, OCI_*, EVIDENCE_*
 */
export async function findArtifact(
  { artifact, role, signature }: DeclaredArtifact,
  sources: DependencySources,
): Promise<FoundArtifact> {
  const reference = parseReference(artifact)
  const repository = await sources.open(reference)
  const wanted = reference.digest ?? reference.tag
  // A registry's answer to a HEAD request is its word; reading the manifest compares its bytes with the digest.
  if (wanted !== undefined && (await repository.resolve(wanted)) === undefined) {
    throw new SluiceError(
      'SIGN_DEPENDENCY_MISSING',
      `The ${role} \`${artifact}\` is declared and not in ${repository.name}, or may not be seen there.`,
      { remedy: 'Correct `signing.dependencies`, push it, or log in to its registry before signing.' },
    )
  }
  const { digest } = await selectManifest(repository, reference)
  const content = await repository.manifest(digest)
  return {
    uri: uriOf(reference, digest),
    digest,
    mediaType: content.descriptor.mediaType,
    ...(reference.digest === undefined && reference.tag !== undefined ? { tag: reference.tag } : {}),
    ...(signature === undefined
      ? {}
      : {
          signature: await verifyOwnSignature(
            { digest, compare: compareLayers(content), beside: { repository } },
            signature,
            sources,
          ),
        }),
  }
}

/** Compares an artifact with a model manifest by its layers; no blob is read. */
export function compareLayers({ bytes, descriptor }: Manifest): CompareModel {
  return async (manifest) =>
    compareArtifact(manifest, artifactFiles(parseManifest(bytes, descriptor.mediaType), DEFAULT_IGNORES))
}

/** `pkg:oci/<last part of the name>@<digest>?repository_url=<host/name>` (purl-spec, types/oci). */
function uriOf(reference: Reference, digest: string): string {
  if (reference.kind !== 'registry')
    return `oci:${'folder' in reference ? reference.folder : reference.file}@${digest}`
  const { host, repository } = reference
  const name = repository.slice(repository.lastIndexOf('/') + 1)
  return `pkg:oci/${name}@${encodeURIComponent(digest)}?repository_url=${encodeURIComponent(`${host}/${repository}`)}`
}
