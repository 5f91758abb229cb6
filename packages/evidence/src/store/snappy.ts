/**
 * Raw snappy (google/snappy format_description.txt), in which GitHub keeps bundles. The decoder that Parquet files are
 * read with goes backwards over a crafted length of a literal, for ever, so it is not used on what others send.
 * @param limit bytes of the result, looked at before anything is allocated
 * @throws RangeError when it is no snappy, or is larger
 */
export function decodeSnappy(data: Uint8Array, limit: number): Uint8Array {
  let at = 0
  const take = (count: number): number => {
    if (at + count > data.length) throw new RangeError('snappy: cut short')
    let value = 0
    for (let index = 0; index < count; index++) value += (data[at + index] ?? 0) * 256 ** index
    at += count
    return value
  }
  const out = new Uint8Array(declaredSize(take, limit))
  let size = 0
  while (at < data.length) {
    const tag = take(1)
    const kind = tag & 3
    const long = tag >> 2
    if (kind === 0) {
      const length = (long < 60 ? long : take(long - 59)) + 1
      if (at + length > data.length || size + length > out.length) throw new RangeError('snappy: literal')
      out.set(data.subarray(at, at + length), size)
      at += length
      size += length
      continue
    }
    const length = kind === 1 ? (long & 7) + 4 : long + 1
    const offset = kind === 1 ? (tag >> 5) * 256 + take(1) : take(kind === 2 ? 2 : 4)
    if (offset === 0 || offset > size || size + length > out.length) throw new RangeError('snappy: copy')
    // A copy may read what it writes itself, so it goes byte by byte.
    for (const end = size + length; size < end; size++) out[size] = out[size - offset] ?? 0
  }
  if (size !== out.length) throw new RangeError('snappy: cut short')
  return out
}

/** The varint in front. */
function declaredSize(take: (count: number) => number, limit: number): number {
  let size = 0
  for (let shift = 0; ; shift += 7) {
    const byte = take(1)
    size += (byte & 127) * 2 ** shift
    if (size > limit || shift > 28) throw new RangeError(`snappy: more than ${limit} bytes`)
    if (byte < 128) return size
  }
}
