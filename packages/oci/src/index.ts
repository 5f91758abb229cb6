export { openArchive } from './archive/archive.js'
export {
  type CredentialSource,
  type Credentials,
  type DockerCredentialOptions,
  dockerCredentials,
  passwordFor,
} from './client/credentials.js'
export { apiOrigin } from './client/hosts.js'
export type { Fetch, Patience } from './client/transport.js'
export type { Descriptor, Manifest, Repository } from './content.js'
export { type Closure, type ClosureManifest, readClosure } from './copy/closure.js'
export { type CopiedItem, type CopyOptions, type CopyReport, copyClosure } from './copy/copy-closure.js'
export { type ClosureReport, type VerifyOptions, verifyClosure } from './copy/verify-closure.js'
export { type Digest, digestOf, isDigest, parseDigest } from './digest.js'
export type { LayerSource } from './image/layer.js'
export { type Content, putBytes, putContent } from './image/put.js'
export { type ArtifactSpec, writeArtifact } from './image/write-artifact.js'
export { type ImageConfig, type ImageSpec, writeImage } from './image/write-image.js'
export { openLayout } from './layout/layout.js'
export { LIMITS } from './limits.js'
export { childrenOf, type ParsedManifest, parseManifest } from './manifest.js'
export * from './media-types.js'
export { type OpenOptions, openRepository, selectManifest } from './open-repository.js'
export { formatReference, parseReference, parseTag, type Reference, selector } from './reference.js'
export { cosignTags, fallbackTag } from './referrers.js'
export type { Access, Holders, RegistryAction } from './registry/guard.js'
export { type RegistryOptions, type RunningRegistry, startRegistry } from './registry/start-registry.js'
export { memoryRepository } from './store/memory.js'
