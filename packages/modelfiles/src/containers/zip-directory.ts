import type { ByteSource } from '../source.js'

// APPNOTE.TXT 6.3.10, sections 4.3.7, 4.3.12, 4.3.16, 4.3.14.
const LOCAL = 0x04034b50
const CENTRAL = 0x02014b50
const END = 0x06054b50
const END64 = 0x06064b50
const LOCATOR64 = 0x07064b50
const END_SIZE = 22
const TAIL = END_SIZE + 0xffff
const DIRECTORY_LIMIT = 64 * 1024 * 1024

/** Offsets of all end records that end where the file does. */
export async function findEnd(source: ByteSource): Promise<number[]> {
  const start = Math.max(0, source.size - TAIL)
  const tail = Buffer.from(await source.read(start, TAIL))
  const found: number[] = []
  for (let index = tail.length - END_SIZE; index >= 0; index--) {
    if (tail.readUInt32LE(index) !== END) continue
    if (index + END_SIZE + tail.readUInt16LE(index + 20) === tail.length) found.unshift(start + index)
  }
  return found
}

export interface Directory {
  readonly offset: number
  readonly size: number
  readonly count: number
}

/** Where the directory is, by its end record; or why that cannot be told. */
export async function locate(source: ByteSource, end: number): Promise<Directory | string> {
  const record = Buffer.from(await source.read(end, END_SIZE))
  let count = record.readUInt16LE(10)
  let size = record.readUInt32LE(12)
  let offset = record.readUInt32LE(16)
  let before = end
  const locator = Buffer.from(await source.read(Math.max(0, end - 20), 20))
  if (end >= 20 && locator.readUInt32LE(0) === LOCATOR64) {
    const at = Number(locator.readBigUInt64LE(8))
    const record64 = Buffer.from(await source.read(at, 56))
    if (record64.length < 56 || record64.readUInt32LE(0) !== END64)
      return 'The zip64 end record is not where it should be.'
    count = Number(record64.readBigUInt64LE(32))
    size = Number(record64.readBigUInt64LE(40))
    offset = Number(record64.readBigUInt64LE(48))
    before = at
  } else if (count === 0xffff || offset === 0xffffffff) return 'The zip64 end record is missing.'
  // A directory that ends elsewhere means bytes before the zip, whose offsets readers then guess.
  if (offset + size !== before) return 'The directory of the zip does not end where its end record begins.'
  if (size > DIRECTORY_LIMIT) return 'The directory of the zip is too large.'
  return { offset, size, count }
}

/** An entry as the directory tells it. */
export interface CentralEntry {
  readonly name: string
  readonly method: number
  readonly flags: number
  readonly crc: number
  readonly compressedSize: number
  readonly size: number
  readonly localOffset: number
}

export async function readDirectory(
  source: ByteSource,
  directory: Directory,
): Promise<CentralEntry[] | string> {
  const bytes = Buffer.from(await source.read(directory.offset, directory.size))
  const entries: CentralEntry[] = []
  let at = 0
  while (at < bytes.length) {
    if (at + 46 > bytes.length || bytes.readUInt32LE(at) !== CENTRAL)
      return 'The directory of the zip is broken.'
    const nameLength = bytes.readUInt16LE(at + 28)
    const extraLength = bytes.readUInt16LE(at + 30)
    const next = at + 46 + nameLength + extraLength + bytes.readUInt16LE(at + 32)
    if (next > bytes.length) return 'The directory of the zip is broken.'
    const extra = bytes.subarray(at + 46 + nameLength, at + 46 + nameLength + extraLength)
    const wide = zip64(extra, [
      bytes.readUInt32LE(at + 24),
      bytes.readUInt32LE(at + 20),
      bytes.readUInt32LE(at + 42),
    ])
    if (wide === undefined) return 'An entry of the zip lacks its zip64 sizes.'
    entries.push({
      name: bytes.toString('utf8', at + 46, at + 46 + nameLength),
      flags: bytes.readUInt16LE(at + 8),
      method: bytes.readUInt16LE(at + 10),
      crc: bytes.readUInt32LE(at + 16),
      size: wide[0]!,
      compressedSize: wide[1]!,
      localOffset: wide[2]!,
    })
    at = next
  }
  return entries.length === directory.count
    ? entries
    : 'The zip holds another number of entries than it says.'
}

/** Replaces fields of 0xffffffff by those of the zip64 extra field, in its order (4.5.3). */
function zip64(extra: Buffer, fields: readonly number[]): number[] | undefined {
  if (!fields.includes(0xffffffff)) return [...fields]
  for (let at = 0; at + 4 <= extra.length; ) {
    const size = extra.readUInt16LE(at + 2)
    if (extra.readUInt16LE(at) === 1) {
      const data = extra.subarray(at + 4, at + 4 + size)
      let index = 0
      const wide = fields.map((field) => {
        if (field !== 0xffffffff) return field
        index += 8
        return index <= data.length ? Number(data.readBigUInt64LE(index - 8)) : Number.NaN
      })
      return wide.every(Number.isSafeInteger) ? wide : undefined
    }
    at += 4 + size
  }
  return undefined
}

/** An entry as its own header tells it. */
export interface LocalHeader {
  readonly name: string
  readonly flags: number
  readonly method: number
  readonly size: number
  readonly compressedSize: number
  readonly dataOffset: number
}

export async function readLocal(source: ByteSource, entry: CentralEntry): Promise<LocalHeader | string> {
  const head = Buffer.from(await source.read(entry.localOffset, 30))
  if (head.length < 30 || head.readUInt32LE(0) !== LOCAL) return 'The entry has no local header.'
  const nameLength = head.readUInt16LE(26)
  const dataOffset = entry.localOffset + 30 + nameLength + head.readUInt16LE(28)
  if (dataOffset + entry.compressedSize > source.size) return 'The entry reaches beyond the end of the zip.'
  return {
    name: Buffer.from(await source.read(entry.localOffset + 30, nameLength)).toString('utf8'),
    flags: head.readUInt16LE(6),
    method: head.readUInt16LE(8),
    compressedSize: head.readUInt32LE(18),
    size: head.readUInt32LE(22),
    dataOffset,
  }
}
