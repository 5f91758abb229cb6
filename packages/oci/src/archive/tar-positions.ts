import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { posix } from 'node:path'
import { SluiceError } from '@sluice/errors'
import type { Header } from 'tar-stream'
import { tooLarge } from '../faults.js'
import { LIMITS } from '../limits.js'

/** Where a file's bytes lie within the archive. */
export interface Position {
  readonly start: number
  readonly size: number
}

/**
 * Reads an archive through once and notes where every file lies; links are resolved within the archive.
 * Of two entries with one name the later counts, as it does when the archive is unpacked.
 * @throws SluiceError OCI_ARCHIVE_INVALID, OCI_TOO_LARGE, OCI_NOT_FOUND
 */
export async function tarPositions(file: string, name: string): Promise<Map<string, Position>> {
  await requireTar(file, name)
  const positions = new Map<string, Position>()
  const links = new Map<string, string>()
  // Loaded where it is used: most actions never read a tar.
  const { extract } = await import('tar-stream')
  const tar = extract()
  const source = createReadStream(file, { highWaterMark: 1024 * 1024 })
  source.on('error', (error) => tar.destroy(error))
  source.pipe(tar)
  let entries = 0
  try {
    for await (const entry of tar) {
      if (++entries > LIMITS.entries) throw tooLarge(name, 'The number of entries', LIMITS.entries)
      note(entry.header, positions, links)
      entry.resume()
    }
  } catch (cause) {
    if (cause instanceof SluiceError) throw cause
    throw archiveInvalid(name, 'it is not a whole tar file', cause)
  } finally {
    source.destroy()
  }
  for (const [path, target] of links) {
    const position = follow(target, positions, links)
    if (position !== undefined) positions.set(path, position)
  }
  return positions
}

export function archiveInvalid(name: string, why: string, cause?: unknown): SluiceError {
  return new SluiceError('OCI_ARCHIVE_INVALID', `${name} is not a docker archive: ${why}.`, {
    cause,
    remedy:
      'Make it with `docker save --output image.tar <image>` or `skopeo copy … docker-archive:image.tar`, uncompressed.',
  })
}

function note(header: Header, positions: Map<string, Position>, links: Map<string, string>): void {
  // tar-stream counts the bytes up to the entry's content, but its types do not say so.
  const { byteOffset } = header as Header & { readonly byteOffset: number }
  const path = posix.normalize(header.name).replace(/^\/+/, '')
  links.delete(path)
  positions.delete(path)
  if (header.type === 'file' || header.type === 'contiguous-file')
    positions.set(path, { start: byteOffset, size: header.size ?? 0 })
  // A symbolic link is relative to its own folder, a hard link to the root.
  else if (header.type === 'symlink') links.set(path, posix.join(posix.dirname(path), header.linkname ?? ''))
  else if (header.type === 'link') links.set(path, posix.normalize(header.linkname ?? ''))
}

function follow(
  target: string,
  positions: ReadonlyMap<string, Position>,
  links: ReadonlyMap<string, string>,
): Position | undefined {
  let path: string | undefined = target
  for (let hops = 0; hops < 8 && path !== undefined; hops++) {
    const position = positions.get(path)
    if (position !== undefined) return position
    path = links.get(path)
  }
  return undefined
}

/** A tar file names itself at byte 257 (POSIX ustar). A compressed one has no positions to read from. */
async function requireTar(file: string, name: string): Promise<void> {
  const head = Buffer.alloc(262)
  try {
    await using handle = await open(file, 'r')
    if (!(await handle.stat()).isFile()) throw archiveInvalid(name, 'it is not a file')
    await handle.read(head, 0, head.byteLength, 0)
  } catch (cause) {
    if (cause instanceof SluiceError) throw cause
    throw new SluiceError('OCI_NOT_FOUND', `${name} cannot be read.`, {
      cause,
      remedy: 'Check the path of the archive.',
    })
  }
  if (head[0] === 0x1f && head[1] === 0x8b)
    throw archiveInvalid(name, 'it is compressed (decompress it with `gunzip` first)')
  if (head.toString('latin1', 257, 262) !== 'ustar') throw archiveInvalid(name, 'it is not a tar file')
}
