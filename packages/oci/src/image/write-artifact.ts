import type { Descriptor, Repository } from '../content.js'
import { OCI_EMPTY, OCI_MANIFEST } from '../media-types.js'
import { type Content, putBytes, putContent } from './put.js'

export interface ArtifactSpec {
  /** Media type that says what it is: `application/vnd.dev.sigstore.bundle.v0.3+json`. */
  readonly artifactType: string
  readonly layers: readonly {
    readonly mediaType: string
    readonly content: Content
    readonly annotations?: Readonly<Record<string, string>>
  }[]
  readonly annotations?: Readonly<Record<string, string>>
  /** Makes it a referrer of this manifest. */
  readonly subject?: Descriptor
  readonly tag?: string
  /** The empty JSON object by default. */
  readonly config?: { readonly mediaType: string; readonly bytes: Uint8Array }
}

/**
 * Puts an artifact that is no image: a model, a bundle of evidence (image-spec 1.1, "Guidelines for
 * Artifact Usage").
 * @returns the manifest's descriptor
 */
export async function writeArtifact(repository: Repository, spec: ArtifactSpec): Promise<Descriptor> {
  const empty = Buffer.from('{}')
  const config = await putBytes(repository, spec.config?.bytes ?? empty, spec.config?.mediaType ?? OCI_EMPTY)
  const layers: Descriptor[] = []
  for (const { content, mediaType, annotations } of spec.layers) {
    layers.push(await putContent(repository, content, mediaType, annotations))
  }
  // Registries refuse a manifest without layers, so the specification asks for the empty one.
  if (layers.length === 0) layers.push(await putBytes(repository, empty, OCI_EMPTY))
  const { subject } = spec
  const manifest = {
    schemaVersion: 2,
    mediaType: OCI_MANIFEST,
    artifactType: spec.artifactType,
    config,
    layers,
    ...(subject === undefined
      ? {}
      : { subject: { mediaType: subject.mediaType, digest: subject.digest, size: subject.size } }),
    ...(spec.annotations === undefined ? {} : { annotations: spec.annotations }),
  }
  return await repository.putManifest(Buffer.from(JSON.stringify(manifest)), OCI_MANIFEST, spec.tag)
}
