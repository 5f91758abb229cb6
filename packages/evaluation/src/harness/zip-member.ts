import { crc32, inflateRawSync } from 'node:zlib'
import { zstdDecompressed } from './zstd-frames.js'

const END = 0x06054b50
const ENTRY = 0x02014b50
const LOCAL = 0x04034b50

/** A member of an archive that has not been unpacked. */
export interface ZipMember {
  readonly name: string
  /** @param limit bytes that may come out @throws Error when it cannot be unpacked, or is more */
  unpack(limit: number): Uint8Array
}

/**
 * The members of a zip archive (APPNOTE.TXT 6.3.10) in its directory's order: stored, deflated or compressed by zstd
 * (method 93), which readers of zip archives do not know. Archives of more than 4 GiB, of more than 65,534 members
 * (zip64) or of several parts are not read.
 * @throws Error when the archive cannot be read
 */
export function* zipMembers(bytes: Uint8Array): Generator<ZipMember, undefined> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const end = endOf(view)
  const count = view.getUint16(end + 10, true)
  let at = view.getUint32(end + 16, true)
  if (count === 0xffff || at === 0xffffffff)
    throw new Error('it has more members or bytes than are read (zip64)')
  for (let entry = 0; entry < count; entry++) {
    if (at + 46 > bytes.length || view.getUint32(at, true) !== ENTRY)
      throw new Error('its directory is broken')
    const [names, extra, comment] = [28, 30, 32].map((field) => view.getUint16(at + field, true)) as [
      number,
      number,
      number,
    ]
    const own = at
    yield {
      name: new TextDecoder().decode(bytes.subarray(at + 46, at + 46 + names)),
      unpack: (limit) => memberAt(bytes, view, own, limit),
    }
    at += 46 + names + extra + comment
  }
  return undefined
}

/**
 * One member of a zip archive.
 * @param limit bytes that may come out
 * @returns undefined when there is no such member
 * @throws Error when the archive cannot be read
 */
export function zipMember(bytes: Uint8Array, name: string, limit: number): Uint8Array | undefined {
  for (const member of zipMembers(bytes)) if (member.name === name) return member.unpack(limit)
  return undefined
}

function memberAt(bytes: Uint8Array, view: DataView, entry: number, limit: number): Uint8Array {
  if ((view.getUint16(entry + 8, true) & 1) !== 0) throw new Error('it is encrypted')
  const method = view.getUint16(entry + 10, true)
  const size = view.getUint32(entry + 20, true)
  const local = view.getUint32(entry + 42, true)
  if (local + 30 > bytes.length || view.getUint32(local, true) !== LOCAL)
    throw new Error('a member is not where it is said to be')
  const start = local + 30 + view.getUint16(local + 26, true) + view.getUint16(local + 28, true)
  if (start + size > bytes.length) throw new Error('it is cut short')
  const data = decompressed(bytes.subarray(start, start + size), method, limit)
  if (crc32(data) !== view.getUint32(entry + 16, true))
    throw new Error('a member is not what its checksum says')
  return data
}

function decompressed(data: Uint8Array, method: number, limit: number): Uint8Array {
  if (method === 8) return inflateRawSync(data, { maxOutputLength: limit })
  if (method === 93) return zstdDecompressed(data, limit)
  if (method !== 0) throw new Error(`a member is compressed by method ${method}`)
  if (data.length > limit) throw new Error(`a member has more than ${limit} bytes`)
  return data
}

/** The record at the end, behind which a comment may stand. */
function endOf(view: DataView): number {
  for (let at = view.byteLength - 22; at >= Math.max(0, view.byteLength - 22 - 0xffff); at--)
    if (view.getUint32(at, true) === END) return at
  throw new Error('it is no zip archive, or is cut short')
}
