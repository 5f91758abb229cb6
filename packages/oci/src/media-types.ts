/** Media types of image-spec 1.1 and of Docker's image manifest v2 schema 2, which registries still serve. */
export const OCI_MANIFEST = 'application/vnd.oci.image.manifest.v1+json'
export const OCI_INDEX = 'application/vnd.oci.image.index.v1+json'
export const OCI_CONFIG = 'application/vnd.oci.image.config.v1+json'
export const OCI_LAYER_GZIP = 'application/vnd.oci.image.layer.v1.tar+gzip'
export const OCI_LAYER_TAR = 'application/vnd.oci.image.layer.v1.tar'
export const OCI_EMPTY = 'application/vnd.oci.empty.v1+json'
export const DOCKER_MANIFEST = 'application/vnd.docker.distribution.manifest.v2+json'
export const DOCKER_LIST = 'application/vnd.docker.distribution.manifest.list.v2+json'

/** What Sluice reads as a manifest, in the order of preference that `Accept` states. */
export const MANIFEST_TYPES: readonly string[] = [OCI_INDEX, OCI_MANIFEST, DOCKER_LIST, DOCKER_MANIFEST]

const FOREIGN = [
  'application/vnd.docker.image.rootfs.foreign.diff.tar',
  'application/vnd.oci.image.layer.nondistributable.v1.tar',
]

/** Whether the media type is one of a manifest or index. */
export function isManifestType(mediaType: string): boolean {
  return MANIFEST_TYPES.includes(bareType(mediaType))
}

/** Whether it is an index or a Docker manifest list. */
export function isIndexType(mediaType: string): boolean {
  const bare = bareType(mediaType)
  return bare === OCI_INDEX || bare === DOCKER_LIST
}

/** Layers that a registry need not hold: their owner serves them elsewhere (image-spec, non-distributable layers). */
export function isForeignLayer(mediaType: string): boolean {
  return FOREIGN.some((prefix) => mediaType.startsWith(prefix))
}

/** The type without parameters: `application/x; charset=utf-8` becomes `application/x`. */
export function bareType(contentType: string): string {
  return (contentType.split(';', 1)[0] ?? '').trim().toLowerCase()
}
