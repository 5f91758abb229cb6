import type { Descriptor, Repository } from '../content.js'
import { isForeignLayer } from '../media-types.js'
import { type Closure, incomplete, readClosure } from './closure.js'
import { forEachAtOnce } from './pool.js'

export interface VerifyOptions {
  /** What must be found among the closure: digests of manifests and blobs. */
  readonly expected?: Iterable<string>
  /** `present` asks the repository for each blob's size; `bytes` reads and hashes each one. */
  readonly content?: 'present' | 'bytes'
}

export interface ClosureReport {
  readonly root: Descriptor
  readonly manifests: number
  readonly blobs: number
  /** Bytes of manifests and blobs. */
  readonly bytes: number
  readonly content: 'present' | 'bytes'
}

/**
 * Walks a closure where it lies, trusting nothing from an earlier walk. Every manifest is read and hashed.
 * @param reference tag or digest
 * @throws SluiceError OCI_CLOSURE_INCOMPLETE, OCI_DIGEST_MISMATCH, OCI_NOT_FOUND
 */
export async function verifyClosure(
  repository: Repository,
  reference: string,
  options: VerifyOptions = {},
): Promise<ClosureReport> {
  const content = options.content ?? 'present'
  const closure = await readClosure(repository, reference)
  const missing: string[] = []
  await forEachAtOnce(closure.blobs, 4, async (blob) => {
    if (!(await repository.hasBlob(blob.digest, blob.size))) {
      if (!isForeignLayer(blob.mediaType)) missing.push(blob.digest)
    } else if (content === 'bytes') {
      for await (const _ of repository.blob(blob));
    }
  })
  const found = new Set([
    ...closure.manifests.map(({ descriptor }) => descriptor.digest),
    ...closure.blobs.map(({ digest }) => digest),
  ])
  missing.push(...[...(options.expected ?? [])].filter((digest) => !found.has(digest)))
  if (missing.length > 0) throw incomplete(repository, missing, closure.root.digest)
  return {
    root: closure.root,
    manifests: closure.manifests.length,
    blobs: closure.blobs.length,
    bytes: sizeOf(closure),
    content,
  }
}

function sizeOf({ manifests, blobs }: Closure): number {
  return [...manifests.map(({ descriptor }) => descriptor), ...blobs].reduce((sum, { size }) => sum + size, 0)
}
