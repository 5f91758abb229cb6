import { crc32, inflateRawSync } from 'node:zlib'
import { ambiguous, type Issue, malformed, notExamined } from '../issue.js'
import type { Limits } from '../limits.js'
import { type ByteSource, memorySource, slice } from '../source.js'

// APPNOTE.TXT 6.3.10, sections 4.3.7, 4.3.12, 4.3.16, 4.3.14.
const LOCAL = 0x04034b50
const CENTRAL = 0x02014b50
const END = 0x06054b50
const END64 = 0x06064b50
const LOCATOR64 = 0x07064b50
const END_SIZE = 22
const TAIL = END_SIZE + 0xffff
const DIRECTORY_LIMIT = 64 * 1024 * 1024
// Encrypted, strongly encrypted, masked headers (4.4.4).
const ENCRYPTED = 0x2041
const MiB = 1024 * 1024
const STORED = 0
const DEFLATED = 8

export interface ZipEntry {
  readonly name: string
  readonly method: number
  readonly flags: number
  readonly crc: number
  readonly compressedSize: number
  readonly size: number
  /** Of the data, behind the local header. */
  readonly dataOffset: number
}

export interface Zip {
  readonly entries: readonly ZipEntry[]
  readonly issues: readonly Issue[]
}

/** Whether `source` has an end record of a zip: at its end, where zip readers look, whatever it starts with. */
export async function endsAsZip(source: ByteSource): Promise<boolean> {
  return (await findEnd(source)).length > 0
}

/**
 * Reads a zip's directory and holds it against the local headers. Readers differ in which of the two they
 * believe (picklescan GHSA-7q5r-7gvp-wc82), in flags (GHSA-w8jq-xcqf-f792) and in doubled names, so each
 * difference is reported, and every entry is read all the same.
 */
export async function readZip(source: ByteSource, limits: Limits): Promise<Zip> {
  const issues: Issue[] = []
  const ends = await findEnd(source)
  const end = ends.at(-1)
  if (end === undefined) return { entries: [], issues: [malformed('The zip has no end record.')] }
  if (ends.length > 1) issues.push(ambiguous('The zip has more than one end record.'))
  const directory = await locate(source, end)
  if (typeof directory === 'string') return { entries: [], issues: [...issues, malformed(directory)] }
  if (directory.count > limits.members) {
    return {
      entries: [],
      issues: [...issues, notExamined(`The zip has more than ${limits.members} entries.`)],
    }
  }
  const central = await readDirectory(source, directory)
  if (typeof central === 'string') return { entries: [], issues: [...issues, malformed(central)] }

  const entries: ZipEntry[] = []
  const names = new Set<string>()
  for (const entry of central) {
    if (names.has(entry.name))
      issues.push(ambiguous('The zip holds this name twice.', { member: entry.name }))
    names.add(entry.name)
    const local = await readLocal(source, entry)
    if (typeof local === 'string') issues.push(malformed(local, { member: entry.name }))
    else {
      issues.push(...compare(entry, local))
      entries.push({ ...entry, dataOffset: local.dataOffset })
    }
  }
  issues.push(...findHidden(entries, central, directory.offset))
  return { entries, issues }
}

/** The content of an entry. Stored ones are a slice; deflated ones are inflated within the caps. */
export async function openEntry(
  source: ByteSource,
  entry: ZipEntry,
  limits: Limits,
  budget: { bytes: number },
): Promise<{ readonly content?: ByteSource; readonly issues: readonly Issue[] }> {
  const at = { member: entry.name }
  const issues: Issue[] = []
  if ((entry.flags & ENCRYPTED) !== 0) {
    // PyTorch's reader ignores the flag and reads what is there.
    issues.push(ambiguous('The zip marks this entry as encrypted.', at))
  }
  if (entry.method === STORED) {
    if (entry.size !== entry.compressedSize)
      issues.push(ambiguous('The entry is stored under two sizes.', at))
    return { content: slice(source, entry.dataOffset, entry.compressedSize), issues }
  }
  if (entry.method !== DEFLATED) {
    return { issues: [...issues, notExamined(`Its zip compression method ${entry.method} is not read.`, at)] }
  }
  const cap = Math.min(limits.memoryBytes, budget.bytes, Math.max(MiB, entry.compressedSize * limits.ratio))
  if (entry.compressedSize > limits.memoryBytes || entry.size > cap) {
    return { issues: [...issues, notExamined(`It expands to ${entry.size} bytes, more than is read.`, at)] }
  }
  try {
    const bytes = inflateRawSync(await source.read(entry.dataOffset, entry.compressedSize), {
      maxOutputLength: cap,
    })
    budget.bytes -= bytes.length
    if (bytes.length !== entry.size)
      issues.push(ambiguous('The entry has another size than the zip says.', at))
    // A wrong checksum stops Python's zipfile but not PyTorch, which must not hide what is inside.
    if (crc32(bytes) !== entry.crc) issues.push(malformed('The checksum of the entry is wrong.', at))
    return { content: memorySource(bytes), issues }
  } catch {
    return { issues: [...issues, notExamined('It does not inflate, or to more than is read.', at)] }
  }
}

async function findEnd(source: ByteSource): Promise<number[]> {
  const start = Math.max(0, source.size - TAIL)
  const tail = Buffer.from(await source.read(start, TAIL))
  const found: number[] = []
  for (let index = tail.length - END_SIZE; index >= 0; index--) {
    if (tail.readUInt32LE(index) !== END) continue
    if (index + END_SIZE + tail.readUInt16LE(index + 20) === tail.length) found.unshift(start + index)
  }
  return found
}

interface Directory {
  readonly offset: number
  readonly size: number
  readonly count: number
}

async function locate(source: ByteSource, end: number): Promise<Directory | string> {
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

type CentralEntry = Omit<ZipEntry, 'dataOffset'> & { readonly localOffset: number }

async function readDirectory(source: ByteSource, directory: Directory): Promise<CentralEntry[] | string> {
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

interface LocalHeader {
  readonly name: string
  readonly flags: number
  readonly method: number
  readonly size: number
  readonly compressedSize: number
  readonly dataOffset: number
}

async function readLocal(source: ByteSource, entry: CentralEntry): Promise<LocalHeader | string> {
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

function compare(entry: CentralEntry, local: LocalHeader): Issue[] {
  const differs: string[] = []
  if (local.name !== entry.name) differs.push('name')
  if (local.method !== entry.method) differs.push('compression method')
  if (local.flags !== entry.flags) differs.push('flags')
  const told = (local.flags & 8) === 0 && local.size !== 0xffffffff && local.compressedSize !== 0xffffffff
  if (told && (local.size !== entry.size || local.compressedSize !== entry.compressedSize))
    differs.push('size')
  if (differs.length === 0) return []
  return [
    ambiguous(
      `The directory of the zip and the entry itself give different values for ${differs.join(', ')}.`,
      {
        member: entry.name,
      },
    ),
  ]
}

/** Entries must follow one another; between two there is room for a data descriptor (4.3.9) and no more. */
function findHidden(
  entries: readonly ZipEntry[],
  central: readonly CentralEntry[],
  directory: number,
): Issue[] {
  const starts = new Map(central.map((entry) => [entry.name, entry.localOffset]))
  const spans = entries
    .map((entry) => ({
      member: entry.name,
      start: starts.get(entry.name) ?? 0,
      end: entry.dataOffset + entry.compressedSize,
      slack: (entry.flags & 8) !== 0 ? 24 : 0,
    }))
    .sort((a, b) => a.start - b.start)
  let position = 0
  let slack = 0
  for (const span of spans) {
    if (span.start < position) return [ambiguous('Two entries of the zip overlap.', { member: span.member })]
    if (span.start > position + slack) {
      return [ambiguous(`The zip holds bytes that belong to no entry, at ${position}.`)]
    }
    position = span.end
    slack = span.slack
  }
  return directory > position + slack
    ? [ambiguous(`The zip holds bytes that belong to no entry, at ${position}.`)]
    : []
}
