import type { Descriptor } from '../content.js'
import type { Digest } from '../digest.js'

/**
 * Plain storage below a `StoreRepository`: blobs by digest, and the entries of one index.json.
 * It neither checks nor understands content; the repository above does.
 */
export interface ContentStore {
  readonly name: string
  entries(): Promise<readonly Descriptor[]>
  /** Replaces the entries in one step; two changes never overlap. @throws SluiceError OCI_READ_ONLY */
  change(edit: (entries: readonly Descriptor[]) => readonly Descriptor[]): Promise<void>
  /** Bytes of the blob, or undefined when it is not there. */
  size(digest: Digest): Promise<number | undefined>
  /** @throws SluiceError OCI_NOT_FOUND */
  read(digest: Digest): AsyncIterable<Uint8Array>
  /** Keeps all of the stream or nothing: a stream that throws leaves no blob. @throws SluiceError OCI_READ_ONLY */
  write(digest: Digest, stream: AsyncIterable<Uint8Array>): Promise<void>
  /** @throws SluiceError OCI_READ_ONLY */
  remove(digest: Digest): Promise<void>
}
