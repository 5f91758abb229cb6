import type { Descriptor, Manifest, Repository } from '../content.js'
import { type Digest, digestOf, isDigest, parseDigest } from '../digest.js'
import { digestMismatch, notFound, tooLarge } from '../faults.js'
import { LIMITS } from '../limits.js'
import {
  childrenOf,
  type ParsedManifest,
  parseIndexEntries,
  parseManifest,
  referrerDescriptor,
} from '../manifest.js'
import { isManifestType } from '../media-types.js'
import { fallbackTag } from '../referrers.js'
import { collect, verified } from '../verified.js'
import type { ContentStore } from './content-store.js'

export const REF_NAME = 'org.opencontainers.image.ref.name'

/**
 * A repository over plain storage: an OCI layout on disk, an archive, or memory. Tags are the
 * `org.opencontainers.image.ref.name` annotations of index.json (image-spec 1.1, image-layout.md).
 */
export class StoreRepository implements Repository {
  readonly #store: ContentStore
  readonly #parsed = new Map<string, ParsedManifest>()

  constructor(store: ContentStore) {
    this.#store = store
  }

  get name(): string {
    return this.#store.name
  }

  async resolve(reference: string): Promise<Descriptor | undefined> {
    const entries = await this.#store.entries()
    if (!isDigest(reference)) {
      const entry = entries.find((candidate) => tagOf(candidate) === reference)
      return entry === undefined ? undefined : plain(entry)
    }
    if ((await this.#store.size(reference)) === undefined) return undefined
    const entry = entries.find((candidate) => candidate.digest === reference)
    return entry === undefined ? await this.#unlisted(reference) : plain(entry)
  }

  async manifest(reference: string): Promise<Manifest> {
    const descriptor = await this.resolve(reference)
    if (descriptor === undefined) throw notFound(this.name, reference)
    const bytes = await this.#bytes(descriptor)
    this.#parsed.set(descriptor.digest, parseManifest(bytes, descriptor.mediaType))
    return { descriptor, bytes }
  }

  blob(descriptor: Descriptor): AsyncIterable<Uint8Array> {
    return verified(this.#store.read(parseDigest(descriptor.digest)), descriptor, this.name)
  }

  async hasBlob(digest: string, size?: number): Promise<boolean> {
    const found = await this.#store.size(parseDigest(digest))
    return found !== undefined && (size === undefined || found === size)
  }

  async putBlob(descriptor: Descriptor, open: () => AsyncIterable<Uint8Array>): Promise<void> {
    await this.#store.write(parseDigest(descriptor.digest), verified(open(), descriptor, this.name))
  }

  async putManifest(bytes: Uint8Array, mediaType: string, tag?: string): Promise<Descriptor> {
    const manifest = parseManifest(bytes, mediaType)
    const digest = digestOf(bytes)
    const descriptor: Descriptor = {
      mediaType: manifest.mediaType,
      digest,
      size: bytes.byteLength,
      ...(manifest.artifactType === undefined ? {} : { artifactType: manifest.artifactType }),
    }
    await this.#store.write(digest, once(bytes))
    this.#parsed.set(digest, manifest)
    const covered =
      manifest.kind === 'index' ? await this.#withoutSubject(manifest.manifests) : new Set<string>()
    await this.#store.change((entries) => listed(entries, descriptor, tag, covered))
    return plain(descriptor)
  }

  async tags(): Promise<string[]> {
    const tags = (await this.#store.entries()).map(tagOf).filter((tag) => tag !== undefined)
    return [...new Set(tags)].sort()
  }

  async roots(): Promise<Descriptor[]> {
    const roots = new Map<string, Descriptor>()
    for (const entry of await this.#store.entries()) {
      if (!isManifestType(entry.mediaType) || (tagOf(entry) ?? '').startsWith('sha256-')) continue
      if ((await this.#read(entry)).subject === undefined) roots.set(entry.digest, plain(entry))
    }
    return [...roots.values()]
  }

  async referrers(digest: string, artifactType?: string): Promise<Descriptor[]> {
    const subject = parseDigest(digest)
    const found = new Map<string, Descriptor>()
    for await (const [descriptor, manifest] of this.#manifests()) {
      if (manifest.subject?.digest === subject)
        found.set(descriptor.digest, referrerDescriptor(descriptor, manifest))
    }
    const fallback = await this.resolve(fallbackTag(subject))
    if (fallback !== undefined) {
      for (const entry of parseIndexEntries(await this.#bytes(fallback))) {
        if (!found.has(entry.digest)) found.set(entry.digest, entry)
      }
    }
    return [...found.values()].filter(
      (entry) => artifactType === undefined || entry.artifactType === artifactType,
    )
  }

  async deleteManifest(reference: string): Promise<void> {
    if (isDigest(reference)) {
      await this.#store.change((entries) => entries.filter((entry) => entry.digest !== reference))
      await this.#store.remove(reference)
      return
    }
    await this.#store.change((entries) => {
      const named = entries.filter((entry) => tagOf(entry) === reference)
      return named.reduce<readonly Descriptor[]>((left, entry) => untag(left, entry), entries)
    })
  }

  /** Every manifest that index.json lists, and those within its indexes. */
  async *#manifests(): AsyncGenerator<readonly [Descriptor, ParsedManifest]> {
    const seen = new Set<string>()
    let level: readonly Descriptor[] = await this.#store.entries()
    for (let depth = 0; level.length > 0; depth++) {
      if (depth > LIMITS.depth) throw tooLarge(this.name, 'The nesting of indexes', LIMITS.depth)
      const next: Descriptor[] = []
      for (const entry of level) {
        if (seen.has(entry.digest) || !isManifestType(entry.mediaType)) continue
        // An index may name platforms that were left out of the layout; only what is listed must be there.
        if (depth > 0 && !(await this.hasBlob(entry.digest))) continue
        seen.add(entry.digest)
        if (seen.size > LIMITS.manifests)
          throw tooLarge(this.name, 'The number of manifests', LIMITS.manifests)
        const manifest = await this.#read(entry)
        yield [entry, manifest]
        if (manifest.kind === 'index') next.push(...childrenOf(manifest))
      }
      level = next
    }
  }

  async #withoutSubject(manifests: readonly Descriptor[]): Promise<Set<string>> {
    const digests = new Set<string>()
    for (const child of manifests) {
      if (!isManifestType(child.mediaType) || !(await this.hasBlob(child.digest))) continue
      if ((await this.#read(child)).subject === undefined) digests.add(child.digest)
    }
    return digests
  }

  async #read(descriptor: Descriptor): Promise<ParsedManifest> {
    const known = this.#parsed.get(descriptor.digest)
    if (known !== undefined) return known
    const manifest = parseManifest(await this.#bytes(descriptor), descriptor.mediaType)
    this.#parsed.set(descriptor.digest, manifest)
    return manifest
  }

  /** A manifest that a digest names but index.json does not list: a child of an index, say. */
  async #unlisted(digest: Digest): Promise<Descriptor | undefined> {
    const size = (await this.#store.size(digest)) ?? 0
    if (size > LIMITS.manifest) return undefined
    const bytes = await collect(this.#store.read(digest), LIMITS.manifest, digest, this.name)
    if (digest.startsWith('sha256:') && digestOf(bytes) !== digest)
      throw digestMismatch(this.name, digestOf(bytes), digest)
    try {
      return { mediaType: parseManifest(bytes).mediaType, digest, size }
    } catch {
      return undefined
    }
  }

  async #bytes(descriptor: Descriptor): Promise<Uint8Array> {
    if (descriptor.size > LIMITS.manifest)
      throw tooLarge(this.name, `Manifest ${descriptor.digest}`, LIMITS.manifest)
    return await collect(this.blob(descriptor), LIMITS.manifest, descriptor.digest, this.name)
  }
}

/** The entries once `descriptor` is listed: under `tag` alone, or without one unless it is listed already. */
function listed(
  entries: readonly Descriptor[],
  descriptor: Descriptor,
  tag: string | undefined,
  covered: ReadonlySet<string>,
): readonly Descriptor[] {
  const kept = entries.filter((entry) => tagOf(entry) !== undefined || !covered.has(entry.digest))
  if (tag === undefined)
    return kept.some((entry) => entry.digest === descriptor.digest) ? kept : [...kept, descriptor]
  const before = kept
    .filter((entry) => tagOf(entry) === tag)
    .reduce<readonly Descriptor[]>((left, entry) => untag(left, entry), kept)
  const others = before.filter((entry) => entry.digest !== descriptor.digest || tagOf(entry) !== undefined)
  return [...others, { ...descriptor, annotations: { [REF_NAME]: tag } }]
}

/** Takes the tag off an entry, but keeps what it named reachable. */
function untag(entries: readonly Descriptor[], tagged: Descriptor): readonly Descriptor[] {
  const others = entries.filter((entry) => entry !== tagged)
  if (others.some((entry) => entry.digest === tagged.digest)) return others
  return [...others, plain(tagged)]
}

function tagOf(entry: Descriptor): string | undefined {
  return entry.annotations?.[REF_NAME]
}

/** Without the tag, which belongs to the entry and not to the content. */
function plain(entry: Descriptor): Descriptor {
  const { annotations, ...descriptor } = entry
  if (annotations === undefined) return descriptor
  const { [REF_NAME]: _tag, ...others } = annotations
  return Object.keys(others).length === 0 ? descriptor : { ...descriptor, annotations: others }
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}
