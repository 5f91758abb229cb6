import { createHash } from 'node:crypto'
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs'
import { SluiceError } from '@sluice/errors'

// One buffer for every file: reading with readSync into it is twice as fast as a stream (facts measured on Node 24).
const BUFFER = Buffer.allocUnsafeSlow(1024 * 1024)

/** Hash algorithms by their name in OMS, with the digest's length in hex digits. */
export const ALGORITHMS = {
  sha256: { node: 'sha256', digits: 64 },
  blake2b: { node: 'blake2b512', digits: 128 },
} as const
export type Algorithm = keyof typeof ALGORITHMS

/** A hashed range of a file; `end` is exclusive. */
export interface HashedRange {
  readonly start: number
  readonly end: number
  /** Lower-case hex. */
  readonly digest: string
}

/**
 * Hashes a regular file, whole or in shards; links are not followed.
 * @param path absolute
 * @param shardSize bytes; without it the file is one range. An empty file has no shards.
 * @throws SluiceError HASH_NOT_A_FILE, HASH_CHANGED when the file changed while it was read, HASH_UNREADABLE
 */
export function hashFile(path: string, algorithm: Algorithm = 'sha256', shardSize?: number): HashedRange[] {
  const descriptor = open(path)
  try {
    const before = fstatSync(descriptor)
    if (!before.isFile()) throw notAFile(path)
    const ranges: HashedRange[] = []
    let start = 0
    do {
      const end = shardSize === undefined ? before.size : Math.min(before.size, start + shardSize)
      if (end === start && shardSize !== undefined) break
      ranges.push({ start, end, digest: hashRange(descriptor, path, start, end, algorithm) })
      start = end
    } while (start < before.size)
    const after = fstatSync(descriptor)
    if (after.size !== before.size || after.mtimeMs !== before.mtimeMs || after.ino !== before.ino)
      throw changed(path)
    return ranges
  } finally {
    closeSync(descriptor)
  }
}

/** SHA-256 of a regular file and its size in bytes. @throws SluiceError as `hashFile` */
export function sha256File(path: string): { readonly sha256: string; readonly size: number } {
  const [range] = hashFile(path) as [HashedRange]
  return { sha256: range.digest, size: range.end }
}

function hashRange(
  descriptor: number,
  path: string,
  start: number,
  end: number,
  algorithm: Algorithm,
): string {
  const hash = createHash(ALGORITHMS[algorithm].node)
  for (let at = start; at < end; ) {
    const read = readSync(descriptor, BUFFER, 0, Math.min(BUFFER.length, end - at), at)
    if (read === 0) throw changed(path)
    hash.update(BUFFER.subarray(0, read))
    at += read
  }
  return hash.digest('hex')
}

function open(path: string): number {
  try {
    // O_NONBLOCK: opening a named pipe must not wait for a writer that never comes.
    return openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ELOOP') throw notAFile(path)
    throw new SluiceError('HASH_UNREADABLE', `The file ${path} cannot be read.`, {
      remedy: 'Check that it exists and may be read.',
      cause,
    })
  }
}

function notAFile(path: string): SluiceError {
  return new SluiceError(
    'HASH_NOT_A_FILE',
    `${path} is not a regular file; links, pipes and devices are not hashed.`,
    {
      remedy: 'Replace the link by the file it points to, or leave it out of what is signed.',
    },
  )
}

function changed(path: string): SluiceError {
  return new SluiceError('HASH_CHANGED', `${path} changed while it was hashed.`, {
    remedy: 'Run again once nothing writes to it.',
    kind: 'surroundings',
  })
}
