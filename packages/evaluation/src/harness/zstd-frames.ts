import { zstdDecompressSync } from 'node:zlib'

const FRAME = 0xfd2fb528
/** Frames that say nothing: 0x184d2a50 to 0x184d2a5f. */
const SKIPPABLE = 0x184d2a5

/**
 * Decompresses zstd data of any number of frames (RFC 8878). Node's zlib stops after the first one without a word, and
 * inspect_ai writes many.
 * @param limit bytes that may come out
 * @throws Error when it is cut short, no zstd, or more than that
 */
export function zstdDecompressed(data: Uint8Array, limit: number): Uint8Array {
  const found: Uint8Array[] = []
  let left = limit
  for (let at = 0; at < data.length; ) {
    const { length, skipped } = frameAt(data, at)
    if (!skipped) {
      const part = zstdDecompressSync(data.subarray(at, at + length), { maxOutputLength: Math.max(1, left) })
      left -= part.length
      if (left < 0) throw new Error(`a member has more than ${limit} bytes`)
      found.push(part)
    }
    at += length
  }
  return found.length === 1 ? found[0]! : Buffer.concat(found)
}

/** How long the frame at `start` is, told by its header and those of its blocks (RFC 8878, 3.1.1). */
function frameAt(data: Uint8Array, start: number): { readonly length: number; readonly skipped: boolean } {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength)
  const need = (end: number) => {
    if (end > data.length) throw new Error('a zstd frame is cut short')
  }
  need(start + 5)
  const magic = view.getUint32(start, true)
  if (magic >>> 4 === SKIPPABLE) {
    need(start + 8)
    const length = 8 + view.getUint32(start + 4, true)
    need(start + length)
    return { length, skipped: true }
  }
  if (magic !== FRAME) throw new Error('a member is no zstd')
  const descriptor = data[start + 4]!
  const single = (descriptor & 0x20) !== 0
  const dictionary = [0, 1, 2, 4][descriptor & 3]!
  const content = [single ? 1 : 0, 2, 4, 8][descriptor >>> 6]!
  let at = start + 5 + (single ? 0 : 1) + dictionary + content
  for (let last = false; !last; ) {
    need(at + 3)
    const header = data[at]! | (data[at + 1]! << 8) | (data[at + 2]! << 16)
    last = (header & 1) === 1
    // A block of type 1 is one byte that is repeated.
    at += 3 + (((header >>> 1) & 3) === 1 ? 1 : header >>> 3)
  }
  at += (descriptor & 4) !== 0 ? 4 : 0
  need(at)
  return { length: at - start, skipped: false }
}
