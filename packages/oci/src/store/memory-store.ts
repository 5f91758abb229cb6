import type { Descriptor } from '../content.js'
import type { Digest } from '../digest.js'
import { notFound, readOnly } from '../faults.js'
import type { ContentStore } from './content-store.js'

/** Content in memory, for tests and for small artifacts on their way. */
export class MemoryStore implements ContentStore {
  readonly name: string
  readonly blobs = new Map<string, Uint8Array>()
  #entries: readonly Descriptor[] = []

  constructor(name = 'memory') {
    this.name = name
  }

  async entries(): Promise<readonly Descriptor[]> {
    return this.#entries
  }

  async change(edit: (entries: readonly Descriptor[]) => readonly Descriptor[]): Promise<void> {
    this.#entries = edit(this.#entries)
  }

  async size(digest: Digest): Promise<number | undefined> {
    return this.blobs.get(digest)?.byteLength
  }

  async *read(digest: Digest): AsyncGenerator<Uint8Array> {
    const bytes = this.blobs.get(digest)
    if (bytes === undefined) throw notFound(this.name, digest)
    yield bytes
  }

  async write(digest: Digest, stream: AsyncIterable<Uint8Array>): Promise<void> {
    const chunks: Uint8Array[] = []
    for await (const chunk of stream) chunks.push(chunk)
    this.blobs.set(digest, Buffer.concat(chunks))
  }

  async remove(digest: Digest): Promise<void> {
    this.blobs.delete(digest)
  }
}

/** Refuses every change; archives extend it. */
export abstract class ReadOnlyStore implements ContentStore {
  abstract readonly name: string
  abstract entries(): Promise<readonly Descriptor[]>
  abstract size(digest: Digest): Promise<number | undefined>
  abstract read(digest: Digest): AsyncIterable<Uint8Array>

  async change(): Promise<void> {
    throw readOnly(this.name)
  }

  async write(): Promise<void> {
    throw readOnly(this.name)
  }

  async remove(): Promise<void> {
    throw readOnly(this.name)
  }
}
