import type { Descriptor, Manifest, Repository } from '../content.js'
import { type Digest, isDigest, parseDigest } from '../digest.js'
import { notFound, tooLarge } from '../faults.js'
import { LIMITS } from '../limits.js'
import { parseManifest, referrerDescriptor } from '../manifest.js'
import { parseTag } from '../reference.js'
import { readBlob } from './blob-reader.js'
import { mountBlob, writeBlob } from './blob-writer.js'
import type { Endpoint } from './endpoint.js'
import { getManifest, headManifest, putManifest } from './manifests.js'
import { changeFallback, hasReferrersApi, listReferrers } from './referrer-list.js'

/** A repository of a registry (distribution-spec 1.1). */
export class RegistryRepository implements Repository {
  readonly #endpoint: Endpoint
  #api: boolean | undefined

  constructor(endpoint: Endpoint) {
    this.#endpoint = endpoint
  }

  get name(): string {
    return this.#endpoint.name
  }

  async resolve(reference: string): Promise<Descriptor | undefined> {
    return await headManifest(this.#endpoint, checked(reference))
  }

  async manifest(reference: string): Promise<Manifest> {
    const manifest = await getManifest(this.#endpoint, checked(reference))
    if (manifest === undefined) throw notFound(this.name, reference)
    return manifest
  }

  blob(descriptor: Descriptor): AsyncIterable<Uint8Array> {
    return readBlob(this.#endpoint, { ...descriptor, digest: parseDigest(descriptor.digest) })
  }

  async hasBlob(digest: string, size?: number): Promise<boolean> {
    const { response } = await this.#endpoint.send(
      {
        method: 'HEAD',
        url: this.#endpoint.url(`blobs/${parseDigest(digest)}`),
        scopes: this.#endpoint.pull,
      },
      [200, 404],
      `look for blob ${digest}`,
    )
    if (response.status === 404) return false
    const length = response.headers.get('content-length')
    if (size === undefined || Number(length ?? 0) === size) return true
    if (length !== null) return false
    // A registry that does not tell the length: count.
    for await (const _ of this.blob({ mediaType: '', digest, size }));
    return true
  }

  async putBlob(descriptor: Descriptor, open: () => AsyncIterable<Uint8Array>): Promise<void> {
    if (await this.hasBlob(descriptor.digest, descriptor.size)) return
    await writeBlob(this.#endpoint, descriptor, open)
  }

  async putManifest(bytes: Uint8Array, mediaType: string, tag?: string): Promise<Descriptor> {
    const manifest = parseManifest(bytes, mediaType)
    const { descriptor, notedSubject } = await putManifest(
      this.#endpoint,
      bytes,
      manifest.mediaType,
      tag === undefined ? undefined : parseTag(tag),
    )
    const subject = manifest.subject?.digest as Digest | undefined
    if (subject !== undefined && (notedSubject === null || !(await this.#hasApi(subject)))) {
      await changeFallback(this.#endpoint, subject, referrerDescriptor(descriptor, manifest), 'add')
    }
    return descriptor
  }

  async tags(): Promise<string[]> {
    const tags = new Set<string>()
    const first = this.#endpoint.url('tags/list?n=1000')
    for await (const { status, bytes } of this.#endpoint.pages(first, 'application/json', 'list tags')) {
      if (status === 404) break
      if (status !== 200) throw this.#endpoint.protocol(`answers ${status} to the list of its tags`)
      for (const tag of tagsIn(bytes)) tags.add(tag)
      if (tags.size > LIMITS.tags) throw tooLarge(this.name, 'The list of tags', LIMITS.tags)
    }
    return [...tags].sort()
  }

  async referrers(digest: string, artifactType?: string): Promise<Descriptor[]> {
    const all = await listReferrers(this.#endpoint, parseDigest(digest))
    return artifactType === undefined ? all : all.filter((entry) => entry.artifactType === artifactType)
  }

  async mountFrom(descriptor: Descriptor, source: Repository): Promise<boolean> {
    if (!(source instanceof RegistryRepository)) return false
    const from = source.#endpoint
    if (from.transport.registry.origin !== this.#endpoint.transport.registry.origin) return false
    if (from.repository === this.#endpoint.repository)
      return await this.hasBlob(descriptor.digest, descriptor.size)
    return await mountBlob(this.#endpoint, parseDigest(descriptor.digest), from.repository)
  }

  async deleteManifest(reference: string): Promise<void> {
    const manifest = isDigest(reference) ? await getManifest(this.#endpoint, reference) : undefined
    await this.#endpoint.send(
      {
        method: 'DELETE',
        url: this.#endpoint.url(`manifests/${checked(reference)}`),
        scopes: this.#endpoint.remove,
      },
      [200, 202, 204, 404],
      `delete ${reference}`,
    )
    if (manifest === undefined) return
    const { subject } = parseManifest(manifest.bytes, manifest.descriptor.mediaType)
    if (subject === undefined || (await this.#hasApi(subject.digest as Digest))) return
    await changeFallback(this.#endpoint, subject.digest as Digest, manifest.descriptor, 'remove')
  }

  async #hasApi(subject: Digest): Promise<boolean> {
    this.#api ??= await hasReferrersApi(this.#endpoint, subject)
    return this.#api
  }
}

function checked(reference: string): string {
  return isDigest(reference) ? reference : parseTag(reference)
}

function tagsIn(bytes: Uint8Array): string[] {
  try {
    const { tags } = JSON.parse(new TextDecoder().decode(bytes)) as { tags?: unknown }
    return Array.isArray(tags) ? tags.filter((tag) => typeof tag === 'string') : []
  } catch {
    return []
  }
}
