import { createReadStream } from 'node:fs'
import type { Descriptor, Repository } from '../content.js'
import { type Digest, digestOf, isDigest } from '../digest.js'
import { notFound } from '../faults.js'
import { measure } from '../image/put.js'
import { LIMITS } from '../limits.js'
import { parseIndexEntries } from '../manifest.js'
import { OCI_CONFIG, OCI_LAYER_GZIP, OCI_LAYER_TAR, OCI_MANIFEST } from '../media-types.js'
import { ReadOnlyStore } from '../store/memory-store.js'
import { REF_NAME, StoreRepository } from '../store/store-repository.js'
import { collect } from '../verified.js'
import { archiveInvalid, type Position, tarPositions } from './tar-positions.js'

/**
 * Opens what `docker save` writes: an OCI layout within a tar (Docker 25 and later, `skopeo … oci-archive:`),
 * or the older form with manifest.json, for which an OCI manifest is made up. Read once for positions;
 * content is then streamed from the file. Tags are as in the archive: `v1`, and `app:v1`.
 * @throws SluiceError OCI_ARCHIVE_INVALID, OCI_NOT_FOUND, OCI_TOO_LARGE
 */
export async function openArchive(file: string, name = `docker-archive:${file}`): Promise<Repository> {
  const positions = await tarPositions(file, name)
  const archive = new Archive(file, name, positions)
  const index = positions.get('index.json')
  if (index !== undefined) await archive.addLayout(index)
  else if (positions.has('manifest.json')) await archive.addLegacy(positions.get('manifest.json')!)
  else throw archiveInvalid(name, 'it has neither index.json nor manifest.json')
  return new StoreRepository(archive)
}

type Blob = Position | { readonly bytes: Uint8Array }

class Archive extends ReadOnlyStore {
  readonly name: string
  readonly #file: string
  readonly #positions: ReadonlyMap<string, Position>
  readonly #blobs = new Map<string, Blob>()
  #entries: readonly Descriptor[] = []

  constructor(file: string, name: string, positions: ReadonlyMap<string, Position>) {
    super()
    this.#file = file
    this.name = name
    this.#positions = positions
  }

  async entries(): Promise<readonly Descriptor[]> {
    return this.#entries
  }

  async size(digest: Digest): Promise<number | undefined> {
    const blob = this.#blobs.get(digest)
    return blob === undefined || 'size' in blob ? blob?.size : blob.bytes.byteLength
  }

  async *read(digest: Digest): AsyncGenerator<Uint8Array> {
    const blob = this.#blobs.get(digest)
    if (blob === undefined) throw notFound(this.name, digest)
    if ('bytes' in blob) yield blob.bytes
    else yield* this.#stream(blob)
  }

  async addLayout(index: Position): Promise<void> {
    for (const [path, position] of this.#positions) {
      const match = /^blobs\/(sha256|sha512)\/([0-9a-f]+)$/.exec(path)
      const digest = match === null ? '' : `${match[1]}:${match[2]}`
      if (isDigest(digest)) this.#blobs.set(digest, position)
    }
    const entries = parseIndexEntries(await this.#small(index, 'index.json'))
    // Docker notes the full name beside the bare tag; both should find the image.
    const named = entries.flatMap((entry) => {
      const full = entry.annotations?.['io.containerd.image.name']
      return full === undefined
        ? []
        : [{ ...entry, annotations: { [REF_NAME]: full.replace(/^docker\.io\/(?:library\/)?/, '') } }]
    })
    this.#entries = [...entries, ...named]
  }

  async addLegacy(position: Position): Promise<void> {
    const images = this.#json(await this.#small(position, 'manifest.json'))
    if (!Array.isArray(images) || images.length > LIMITS.descriptors)
      throw archiveInvalid(this.name, 'its manifest.json is no list of images')
    const entries: Descriptor[] = []
    for (const image of images as unknown[]) entries.push(...(await this.#image(image)))
    this.#entries = entries
  }

  /** One image of manifest.json, listed under each of its tags. */
  async #image(image: unknown): Promise<Descriptor[]> {
    const { Config, Layers, RepoTags } = (image ?? {}) as {
      Config?: unknown
      Layers?: unknown
      RepoTags?: unknown
    }
    if (typeof Config !== 'string' || !Array.isArray(Layers))
      throw archiveInvalid(this.name, 'an image in its manifest.json has no Config or Layers')
    const bytes = await this.#small(this.#position(Config), Config)
    const config = this.#add(digestOf(bytes), { bytes }, OCI_CONFIG)
    const diffIds = (this.#json(bytes) as { rootfs?: { diff_ids?: unknown } } | null)?.rootfs?.diff_ids
    if (!Array.isArray(diffIds) || diffIds.length !== Layers.length)
      throw archiveInvalid(this.name, 'a config does not list the layers that manifest.json has')
    const layers: Descriptor[] = []
    for (const [index, path] of Layers.entries())
      layers.push(await this.#layer(String(path), String(diffIds[index])))
    const manifest = Buffer.from(
      JSON.stringify({ schemaVersion: 2, mediaType: OCI_MANIFEST, config, layers }),
    )
    const descriptor = this.#add(digestOf(manifest), { bytes: manifest }, OCI_MANIFEST)
    const tags = Array.isArray(RepoTags) ? RepoTags.filter((tag) => typeof tag === 'string') : []
    const names = tags.flatMap((tag) => [tag, tag.slice(tag.lastIndexOf(':') + 1)])
    return names.length === 0
      ? [descriptor]
      : names.map((tag) => ({ ...descriptor, annotations: { [REF_NAME]: tag } }))
  }

  /** A plain layer's digest is its diff_id, which reading it then proves; a compressed one has to be hashed. */
  async #layer(path: string, diffId: string): Promise<Descriptor> {
    const position = this.#position(path)
    const head = await collect(
      this.#stream({ start: position.start, size: Math.min(2, position.size) }),
      2,
      path,
      this.name,
    )
    if (head[0] === 0x1f && head[1] === 0x8b) {
      const { digest } = await measure(this.#stream(position))
      return this.#add(digest as Digest, position, OCI_LAYER_GZIP)
    }
    if (!isDigest(diffId)) throw archiveInvalid(this.name, 'a diff_id in a config is no digest')
    return this.#add(diffId, position, OCI_LAYER_TAR)
  }

  #add(digest: Digest, blob: Blob, mediaType: string): Descriptor {
    this.#blobs.set(digest, blob)
    return { mediaType, digest, size: 'size' in blob ? blob.size : blob.bytes.byteLength }
  }

  #position(path: string): Position {
    const position = this.#positions.get(path)
    if (position === undefined)
      throw archiveInvalid(this.name, `it names ${path.slice(0, 200)}, which is not in it`)
    return position
  }

  async *#stream({ start, size }: Position): AsyncGenerator<Uint8Array> {
    if (size > 0)
      yield* createReadStream(this.#file, { start, end: start + size - 1, highWaterMark: 256 * 1024 })
  }

  async #small(position: Position, what: string): Promise<Uint8Array> {
    return await collect(this.#stream(position), LIMITS.listing, what, this.name)
  }

  #json(bytes: Uint8Array): unknown {
    try {
      return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
    } catch (cause) {
      throw archiveInvalid(this.name, 'it holds JSON that cannot be read', cause)
    }
  }
}
