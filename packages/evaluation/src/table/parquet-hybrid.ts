/**
 * Fills `output` from Parquet's hybrid of run lengths and bit packing (parquet-format, Encodings.md, RLE = 3).
 * @param width bits of a value, 0 … 32
 * @throws Error where the bytes end before the values do
 */
export function readHybrid(bytes: Uint8Array, width: number, output: Uint8Array | Uint32Array): void {
  if (!(width >= 0 && width <= 32)) throw new Error(`values are ${width} bits wide`)
  const count = output.length
  let at = 0
  for (let filled = 0; filled < count; ) {
    let header = 0
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[at++]
      if (byte === undefined || shift > 28) throw new Error('a run of values is cut short')
      header += (byte & 0x7f) * 2 ** shift
      if (byte < 0x80) break
    }
    const runs = Math.floor(header / 2)
    if (runs === 0) throw new Error('a run has no values')
    if (header % 2 === 0) {
      let value = 0
      const size = (width + 7) >> 3
      if (at + size > bytes.length) throw new Error('a run of values is cut short')
      for (let byte = 0; byte < size; byte++) value += bytes[at++]! * 2 ** (8 * byte)
      const end = Math.min(count, filled + runs)
      output.fill(value, filled, end)
      filled = end
    } else {
      const end = Math.min(count, filled + runs * 8)
      // The last group of eight may be cut where it goes beyond the values.
      if (at + Math.ceil(((end - filled) * width) / 8) > bytes.length)
        throw new Error('a run of values is cut short')
      unpack(bytes, at, width, output, filled, end)
      at += runs * width
      filled = end
    }
  }
}

/** Values of `width` bits each, lowest bits first. */
function unpack(
  bytes: Uint8Array,
  from: number,
  width: number,
  output: Uint8Array | Uint32Array,
  start: number,
  end: number,
): void {
  if (width > 24) {
    // More than fits beside seven bits left over: by arithmetic instead.
    for (let i = start, bit = 0; i < end; i++, bit += width) {
      let value = 0
      for (let b = 0; b < width; b++) {
        const place = bit + b
        if ((bytes[from + (place >> 3)]! >> (place & 7)) & 1) value += 2 ** b
      }
      output[i] = value
    }
    return
  }
  const mask = 2 ** width - 1
  let at = from
  let held = 0
  let bits = 0
  for (let i = start; i < end; i++) {
    while (bits < width) {
      held |= bytes[at++]! << bits
      bits += 8
    }
    output[i] = held & mask
    held >>>= width
    bits -= width
  }
}
