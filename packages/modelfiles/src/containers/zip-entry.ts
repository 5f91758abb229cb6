import { crc32, inflateRawSync } from 'node:zlib'
import { ambiguous, type Issue, malformed, notExamined } from '../issue.js'
import type { Limits } from '../limits.js'
import { type ByteSource, memorySource, slice } from '../source.js'

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
