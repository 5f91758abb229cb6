import { gunzipSync } from 'node:zlib'

/** One file of a package, by its path below the package's folder. */
export interface ArchivedFile {
  readonly path: string
  readonly bytes: Uint8Array
}

const BLOCK = 512
/** `package/lib/index.js`: nothing that leads out of the folder, and no name that a file system reads otherwise. */
const PATH = /^package\/((?:[A-Za-z0-9_@+-][A-Za-z0-9_@.+-]*\/)*[A-Za-z0-9_@+-][A-Za-z0-9_@.+-]*)$/

/**
 * The files of an npm package's archive (tar by POSIX.1-1988 in gzip): regular ones, and nothing else is taken.
 * @param limit of all bytes together, unpacked
 * @throws Error naming what is not a plain file of a package
 */
export function readNpmArchive(archive: Uint8Array, limit: number): ArchivedFile[] {
  const bytes = gunzipSync(archive, { maxOutputLength: limit })
  const files: ArchivedFile[] = []
  for (let at = 0; at + BLOCK <= bytes.length; ) {
    const header = bytes.subarray(at, at + BLOCK)
    if (header.every((byte) => byte === 0)) break
    const size = Number.parseInt(textAt(header, 124, 12).trim() || '0', 8)
    const kind = textAt(header, 156, 1)
    const name = [textAt(header, 345, 155), textAt(header, 0, 100)].filter((part) => part !== '').join('/')
    if (!Number.isSafeInteger(size) || size < 0 || at + BLOCK + size > bytes.length)
      throw new Error(`the size of ${name} is not what is there`)
    if (kind === '0' || kind === '') {
      const path = PATH.exec(name)?.[1]
      if (path === undefined) throw new Error(`the name ${JSON.stringify(name)} is none of a package's file`)
      files.push({ path, bytes: bytes.subarray(at + BLOCK, at + BLOCK + size) })
    } else if (kind !== '5') throw new Error(`${JSON.stringify(name)} is neither a file nor a folder`)
    at += BLOCK + Math.ceil(size / BLOCK) * BLOCK
  }
  return files
}

function textAt(header: Uint8Array, start: number, length: number): string {
  const field = header.subarray(start, start + length)
  const end = field.indexOf(0)
  return Buffer.from(field.subarray(0, end === -1 ? length : end)).toString('latin1')
}
