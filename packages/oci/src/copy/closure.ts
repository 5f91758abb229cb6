import { SluiceError } from '@sluice/errors'
import type { Descriptor, Repository } from '../content.js'
import { parseDigest } from '../digest.js'
import { notFound, tooLarge } from '../faults.js'
import { LIMITS } from '../limits.js'
import { childrenOf, type ParsedManifest, parseManifest } from '../manifest.js'
import { isManifestType } from '../media-types.js'
import { cosignTags } from '../referrers.js'

/** One manifest of a closure. */
export interface ClosureManifest {
  readonly descriptor: Descriptor
  readonly bytes: Uint8Array
  readonly parsed: ParsedManifest
  /** cosign's tags (`sha256-<hex>.sig` …) that name it. */
  readonly tags: readonly string[]
}

/** All that belongs to one artifact: what it consists of, and what refers to any part of it. */
export interface Closure {
  readonly root: Descriptor
  /** Children before parents, subjects before their referrers. */
  readonly manifests: readonly ClosureManifest[]
  /** Each blob once. */
  readonly blobs: readonly Descriptor[]
}

/**
 * Reads the closure of a tag or digest: index children, referrers of every manifest, their referrers, and
 * cosign's tags. The reference is resolved once; a tag that moves meanwhile changes nothing.
 * @throws SluiceError OCI_NOT_FOUND, OCI_CLOSURE_INCOMPLETE for a child that is not there, OCI_TOO_LARGE
 */
export async function readClosure(repository: Repository, reference: string): Promise<Closure> {
  const root = await repository.resolve(reference)
  if (root === undefined) throw notFound(repository.name, reference)
  const walk = new Walk(repository)
  await walk.visit(root.digest, 0)
  return { root, manifests: walk.manifests, blobs: [...walk.blobs.values()] }
}

class Walk {
  readonly manifests: (ClosureManifest & { readonly tags: string[] })[] = []
  readonly blobs = new Map<string, Descriptor>()
  readonly #repository: Repository
  readonly #seen = new Set<string>()
  #bytes = 0

  constructor(repository: Repository) {
    this.#repository = repository
  }

  async visit(digest: string, depth: number): Promise<void> {
    if (this.#seen.has(digest)) return
    this.#seen.add(digest)
    if (depth > LIMITS.depth) throw tooLarge(this.#repository.name, 'The depth of the closure', LIMITS.depth)
    if (this.#seen.size > LIMITS.manifests)
      throw tooLarge(this.#repository.name, 'The number of manifests', LIMITS.manifests)
    const { descriptor, bytes } = await this.#repository.manifest(digest)
    this.#bytes += bytes.byteLength
    if (this.#bytes > LIMITS.closure)
      throw tooLarge(this.#repository.name, 'The size of all manifests', LIMITS.closure)
    const parsed = parseManifest(bytes, descriptor.mediaType)
    for (const child of childrenOf(parsed)) {
      if (parsed.kind === 'index' && isManifestType(child.mediaType))
        await this.#child(child, descriptor, depth)
      else this.#blob(child, descriptor)
    }
    this.manifests.push({ descriptor, bytes, parsed, tags: [] })
    await this.#referrers(digest, depth)
  }

  async #child(child: Descriptor, parent: Descriptor, depth: number): Promise<void> {
    const found = await this.#repository.resolve(child.digest)
    if (found === undefined || found.size !== child.size)
      throw incomplete(this.#repository, [child.digest], parent.digest)
    await this.visit(child.digest, depth + 1)
  }

  async #referrers(digest: string, depth: number): Promise<void> {
    const tags = cosignTags(parseDigest(digest))
    const [referrers, ...tagged] = await Promise.all([
      this.#repository.referrers(digest),
      ...tags.map((tag) => this.#repository.resolve(tag)),
    ])
    for (const referrer of referrers) await this.visit(referrer.digest, depth + 1)
    for (const [index, descriptor] of tagged.entries()) {
      if (descriptor === undefined) continue
      await this.visit(descriptor.digest, depth + 1)
      this.manifests
        .find((manifest) => manifest.descriptor.digest === descriptor.digest)
        ?.tags.push(tags[index]!)
    }
  }

  #blob(blob: Descriptor, parent: Descriptor): void {
    const known = this.blobs.get(blob.digest)
    if (known !== undefined && known.size !== blob.size) {
      throw new SluiceError(
        'OCI_MANIFEST_INVALID',
        `${parent.digest} says that ${blob.digest} has ${blob.size} bytes; another manifest says ${known.size}.`,
        {
          kind: 'refused',
          remedy: 'Publish the artifact again; one of its manifests is wrong.',
        },
      )
    }
    this.blobs.set(blob.digest, blob)
  }
}

/** The error for a closure with holes. */
export function incomplete(repository: Repository, missing: readonly string[], needed: string): SluiceError {
  const shown = missing.slice(0, 5).join(', ')
  const more = missing.length > 5 ? ` and ${missing.length - 5} more` : ''
  return new SluiceError(
    'OCI_CLOSURE_INCOMPLETE',
    `${repository.name} lacks ${shown}${more}, which ${needed} needs, or holds it in another size.`,
    {
      kind: 'refused',
      remedy:
        'Copy the artifact again from a repository that holds all of it; a retention rule or an interrupted copy may have removed parts.',
    },
  )
}
