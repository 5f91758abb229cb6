import { listed } from './list.js'
import { hashFiles } from './pool.js'
import { hashPart, newBuffer } from './read.js'

/** SHA-256 of a file in hex, and its size in bytes. */
export interface FileDigest {
  readonly sha256: string
  readonly size: number
}

/**
 * SHA-256 of a regular file; a link is not followed.
 * @param path absolute
 * @throws SluiceError HASH_NOT_A_FILE, HASH_UNREADABLE, HASH_CHANGED when it changed while it was read
 */
export function sha256File(path: string): FileDigest {
  const file = listed(path, path)
  const { sha256 = '' } = hashPart(file, { file: 0, whole: true, ranges: [] }, noRanges, newBuffer())
  return { sha256, size: Number(file.identity.size) }
}

/**
 * SHA-256 of many files, by as many cores as there are.
 * @param paths absolute
 * @returns in the order of `paths`
 * @throws SluiceError as `sha256File`, and HASH_WORKER
 */
export async function sha256Files(paths: readonly string[]): Promise<FileDigest[]> {
  const files = paths.map((path) => listed(path, path))
  const digests = await hashFiles(files, { algorithm: 'sha256' })
  return digests.map(({ sha256 }, index) => ({ sha256, size: Number(files[index]?.identity.size) }))
}

function noRanges(): never {
  throw new Error('no ranges were asked for')
}
