const MAGIC = 0x184d2204

/**
 * Decodes an LZ4 frame (lz4_Frame_format.md 1.6.4, lz4_Block_format.md), as Arrow compresses its buffers. Checksums are
 * passed over: the buffer's stated length, which the caller holds it against, ends what comes out.
 * @param limit bytes that may come out
 * @throws Error when it is no such frame, is cut short, or would be larger
 */
export function decodeLz4Frame(bytes: Uint8Array, limit: number): Uint8Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (bytes.length < 7 || view.getUint32(0, true) !== MAGIC) throw new Error('no LZ4 frame')
  const flags = bytes[4]!
  if (flags >> 6 !== 1) throw new Error('an LZ4 frame of another version')
  if ((flags & 1) !== 0) throw new Error('an LZ4 frame with a dictionary')
  let at = 7 + ((flags & 8) !== 0 ? 8 : 0)
  const output = new Output(limit)
  for (;;) {
    if (at + 4 > bytes.length) throw new Error('an LZ4 frame that is cut short')
    const head = view.getUint32(at, true)
    at += 4
    if (head === 0) return output.bytes()
    const size = head & 0x7fffffff
    if (at + size > bytes.length) throw new Error('an LZ4 frame that is cut short')
    const block = bytes.subarray(at, at + size)
    if (head >>> 31 === 1) output.literals(block)
    else decodeBlock(block, output)
    at += size + ((flags & 16) !== 0 ? 4 : 0)
  }
}

function decodeBlock(block: Uint8Array, output: Output): void {
  let at = 0
  const more = (start: number): number => {
    let length = start
    for (let byte = 255; start === 15 && byte === 255; ) {
      if (at >= block.length) throw new Error('an LZ4 block that is cut short')
      byte = block[at++]!
      length += byte
    }
    return length
  }
  while (at < block.length) {
    const token = block[at++]!
    const literals = more(token >> 4)
    if (at + literals > block.length) throw new Error('an LZ4 block that is cut short')
    output.literals(block.subarray(at, at + literals))
    at += literals
    // The last sequence has literals alone.
    if (at === block.length) return
    if (at + 2 > block.length) throw new Error('an LZ4 block that is cut short')
    const distance = block[at]! | (block[at + 1]! << 8)
    at += 2
    output.repeat(distance, more(token & 15) + 4)
  }
}

/** Bytes that grow up to a limit, of which earlier ones can be repeated. */
class Output {
  readonly #limit: number
  #bytes = new Uint8Array(64 * 1024)
  #length = 0

  constructor(limit: number) {
    this.#limit = limit
  }

  bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#length)
  }

  literals(from: Uint8Array): void {
    this.#room(from.length)
    this.#bytes.set(from, this.#length)
    this.#length += from.length
  }

  repeat(distance: number, count: number): void {
    if (distance === 0 || distance > this.#length) throw new Error('an LZ4 match that lies before the start')
    this.#room(count)
    // Byte by byte: a match may run into what it writes.
    for (let i = 0; i < count; i++, this.#length++)
      this.#bytes[this.#length] = this.#bytes[this.#length - distance]!
  }

  #room(count: number): void {
    const needed = this.#length + count
    if (needed > this.#limit) throw new Error(`more than ${this.#limit} bytes in one LZ4 frame`)
    if (needed <= this.#bytes.length) return
    const larger = new Uint8Array(Math.min(this.#limit, Math.max(needed, this.#bytes.length * 2)))
    larger.set(this.#bytes.subarray(0, this.#length))
    this.#bytes = larger
  }
}
