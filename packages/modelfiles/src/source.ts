import { createHash } from 'node:crypto'
import { type FileHandle, open } from 'node:fs/promises'
import { SluiceError } from '@sluice/errors'

/** Bytes that can be read anywhere: a file, a slice of one, or memory. */
export interface ByteSource {
  readonly size: number
  /** The bytes from `offset`, fewer than `length` only at the end. */
  read(offset: number, length: number): Promise<Uint8Array>
}

export function memorySource(bytes: Uint8Array): ByteSource {
  return {
    size: bytes.length,
    read: async (offset, length) => bytes.subarray(offset, Math.min(bytes.length, offset + length)),
  }
}

/** The part of `source` from `start`, `length` bytes long. */
export function slice(source: ByteSource, start: number, length: number): ByteSource {
  return {
    size: length,
    read: (offset, count) => source.read(start + offset, Math.max(0, Math.min(count, length - offset))),
  }
}

export interface FileSource extends ByteSource, AsyncDisposable {}

/**
 * Opens a regular file.
 * @throws SluiceError MODEL_FILE_UNREADABLE when there is none, or it cannot be read
 */
export async function openFile(path: string, display = path): Promise<FileSource> {
  let handle: FileHandle | undefined
  try {
    handle = await open(path, 'r')
    const stat = await handle.stat()
    if (!stat.isFile()) throw new Error('not a regular file')
    return new HandleSource(handle, stat.size, display)
  } catch (cause) {
    await handle?.close()
    throw unreadable(display, cause)
  }
}

class HandleSource implements FileSource {
  readonly #handle: FileHandle
  readonly #display: string
  readonly size: number

  constructor(handle: FileHandle, size: number, display: string) {
    this.#handle = handle
    this.size = size
    this.#display = display
  }

  async read(offset: number, length: number): Promise<Uint8Array> {
    const wanted = Math.max(0, Math.min(length, this.size - offset))
    const buffer = Buffer.alloc(wanted)
    let filled = 0
    while (filled < wanted) {
      const { bytesRead } = await this.#handle.read(buffer, filled, wanted - filled, offset + filled)
      // A file that shrinks while it is read would otherwise be examined in part.
      if (bytesRead === 0) throw unreadable(this.#display, new Error('the file became shorter'))
      filled += bytesRead
    }
    return buffer
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#handle.close()
  }
}

/** SHA-256 of all of `source`, lower-case hex. */
export async function sha256(source: ByteSource): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of chunks(source)) hash.update(chunk)
  return hash.digest('hex')
}

/** The bytes of `source` in order, in pieces of at most `size`. */
export async function* chunks(source: ByteSource, size = 1024 * 1024): AsyncGenerator<Uint8Array> {
  for (let offset = 0; offset < source.size; offset += size) yield await source.read(offset, size)
}

function unreadable(file: string, cause: unknown): SluiceError {
  return new SluiceError('MODEL_FILE_UNREADABLE', `${file} cannot be read as a regular file.`, {
    remedy: 'Check that the file is there, is no folder or device, and is not written to meanwhile.',
    kind: 'surroundings',
    cause,
  })
}
