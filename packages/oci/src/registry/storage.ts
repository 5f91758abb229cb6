import { createHash, randomUUID } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { appendFile, mkdir, open, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Descriptor } from '../content.js'
import { type Digest, hashFor, splitDigest } from '../digest.js'

/** What the registry knows of one repository besides the bytes. */
export interface RepositoryState {
  readonly blobs: Set<string>
  readonly manifests: Map<string, StoredManifest>
  readonly tags: Map<string, string>
}

export interface StoredManifest {
  readonly mediaType: string
  readonly size: number
  /** Digest of the subject, and how this manifest is listed among its referrers. */
  readonly referrer?: { readonly subject: string; readonly descriptor: Descriptor }
}

interface SavedState {
  readonly blobs: readonly string[]
  readonly manifests: Readonly<Record<string, StoredManifest>>
  readonly tags: Readonly<Record<string, string>>
}

/** Bytes from `start` to `end`, both included. */
export interface ByteRange {
  readonly start: number
  readonly end: number
}

/** Where an embedded registry keeps its bytes. Nothing is checked on the way out: what is there is served. */
export interface Storage {
  load(): Promise<Map<string, RepositoryState>>
  save(repository: string, state: RepositoryState): Promise<void>
  size(digest: Digest): Promise<number | undefined>
  read(digest: Digest, range: ByteRange): AsyncIterable<Uint8Array>
  remove(digest: Digest): Promise<void>
  begin(): Promise<Upload>
}

/** One upload session. */
export interface Upload {
  readonly id: string
  readonly size: number
  /** Keeps what arrived even when the stream breaks off. */
  append(stream: AsyncIterable<Uint8Array>): Promise<void>
  /** Makes the bytes a blob when they have this digest; otherwise they stay an upload. */
  finish(digest: Digest): Promise<boolean>
  cancel(): Promise<void>
}

export class MemoryStorage implements Storage {
  readonly #blobs = new Map<string, Uint8Array>()

  async load(): Promise<Map<string, RepositoryState>> {
    return new Map()
  }

  async save(): Promise<void> {}

  async size(digest: Digest): Promise<number | undefined> {
    return this.#blobs.get(digest)?.byteLength
  }

  async *read(digest: Digest, { start, end }: ByteRange): AsyncGenerator<Uint8Array> {
    const bytes = this.#blobs.get(digest)
    if (bytes !== undefined && end >= start) yield bytes.subarray(start, end + 1)
  }

  async remove(digest: Digest): Promise<void> {
    this.#blobs.delete(digest)
  }

  async begin(): Promise<Upload> {
    const blobs = this.#blobs
    const chunks: Uint8Array[] = []
    let size = 0
    return {
      id: randomUUID(),
      get size() {
        return size
      },
      async append(stream) {
        for await (const chunk of stream) {
          chunks.push(chunk)
          size += chunk.byteLength
        }
      },
      async finish(digest) {
        const bytes = Buffer.concat(chunks)
        const { algorithm, hex } = splitDigest(digest)
        if (createHash(algorithm).update(bytes).digest('hex') !== hex) return false
        blobs.set(digest, bytes)
        return true
      },
      async cancel() {},
    }
  }
}

/**
 * `blobs/<algorithm>/<hex>` for every blob and manifest, `repositories/<name>.json` for what each
 * repository lists, `uploads/` for what is on its way.
 */
export class FolderStorage implements Storage {
  readonly #folder: string

  constructor(folder: string) {
    this.#folder = folder
  }

  async load(): Promise<Map<string, RepositoryState>> {
    const folder = join(this.#folder, 'repositories')
    await mkdir(folder, { recursive: true })
    await rm(join(this.#folder, 'uploads'), { recursive: true, force: true })
    await mkdir(join(this.#folder, 'uploads'))
    const states = new Map<string, RepositoryState>()
    for (const file of await readdir(folder)) {
      if (!file.endsWith('.json')) continue
      const saved = JSON.parse(await readFile(join(folder, file), 'utf8')) as SavedState
      const state = {
        blobs: new Set(saved.blobs),
        manifests: new Map(Object.entries(saved.manifests)),
        tags: new Map(Object.entries(saved.tags)),
      }
      states.set(decodeURIComponent(file.slice(0, -'.json'.length)), state)
    }
    return states
  }

  async save(repository: string, state: RepositoryState): Promise<void> {
    const file = join(this.#folder, 'repositories', `${encodeURIComponent(repository)}.json`)
    const partial = `${file}.${randomUUID()}`
    const saved: SavedState = {
      blobs: [...state.blobs],
      manifests: Object.fromEntries(state.manifests),
      tags: Object.fromEntries(state.tags),
    }
    await writeFile(partial, `${JSON.stringify(saved, null, 2)}\n`)
    await rename(partial, file)
  }

  async size(digest: Digest): Promise<number | undefined> {
    const info = await stat(this.#path(digest)).catch(() => undefined)
    return info?.isFile() === true ? info.size : undefined
  }

  async *read(digest: Digest, { start, end }: ByteRange): AsyncGenerator<Uint8Array> {
    if (end >= start) yield* createReadStream(this.#path(digest), { start, end, highWaterMark: 256 * 1024 })
  }

  async remove(digest: Digest): Promise<void> {
    await rm(this.#path(digest), { force: true })
  }

  async begin(): Promise<Upload> {
    const id = randomUUID()
    const file = join(this.#folder, 'uploads', id)
    const target = (digest: Digest) => this.#path(digest)
    const hash = createHash('sha256')
    let size = 0
    await writeFile(file, '')
    return {
      id,
      get size() {
        return size
      },
      async append(stream) {
        const handle = await open(file, 'a')
        try {
          for await (const chunk of stream) {
            await appendFile(handle, chunk)
            hash.update(chunk)
            size += chunk.byteLength
          }
        } finally {
          await handle.close()
        }
      },
      async finish(digest) {
        const { algorithm, hex } = splitDigest(digest)
        const found = algorithm === 'sha256' ? hash.copy().digest('hex') : await hashFile(file, digest)
        if (found !== hex) return false
        await mkdir(join(target(digest), '..'), { recursive: true })
        await rename(file, target(digest))
        return true
      },
      async cancel() {
        await rm(file, { force: true })
      },
    }
  }

  #path(digest: Digest): string {
    const { algorithm, hex } = splitDigest(digest)
    return join(this.#folder, 'blobs', algorithm, hex)
  }
}

async function hashFile(file: string, digest: Digest): Promise<string> {
  const hash = hashFor(digest)
  for await (const chunk of createReadStream(file)) hash.update(chunk)
  return hash.digest('hex')
}
