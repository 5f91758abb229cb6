import { calleeOf, entry, isNode, tupleItems, type Value } from './value.js'

/** What follows an array's header in a joblib file (joblib/numpy_pickle.py, NumpyArrayWrapper.read_array). */
export type ArrayLayout =
  | { readonly kind: 'raw'; readonly end: number }
  /** A pickle of its own. */
  | { readonly kind: 'objects' }
  | { readonly kind: 'unclear'; readonly why: string }

/** Where the raw bytes end that joblib reads after a wrapper with this state, the file standing at `position`. */
export function memoryLayout(state: Value, bytes: Uint8Array, position: number): ArrayLayout {
  const dtype = dtypeOf(entry(state, 'dtype'))
  if (typeof dtype === 'string') return unclear(dtype)
  if (dtype.objects) return { kind: 'objects' }
  const shape = tupleItems(entry(state, 'shape'))
  if (shape === undefined) return unclear('an array of joblib has no plain shape')
  let length = BigInt(dtype.itemSize)
  for (const side of shape) {
    if ((typeof side !== 'number' && typeof side !== 'bigint') || side < 0)
      return unclear('an array of joblib has no plain shape')
    if (typeof side === 'number' && !Number.isInteger(side))
      return unclear('an array of joblib has no plain shape')
    length *= BigInt(side)
  }
  const start = padded(entry(state, 'numpy_array_alignment_bytes'), bytes, position)
  if (typeof start === 'string') return unclear(start)
  if (length > BigInt(bytes.length - start)) return unclear('an array of joblib reaches beyond the end')
  return { kind: 'raw', end: start + Number(length) }
}

/**
 * Skips joblib's padding: a length byte and so many 0xff. Held to that because `pickle.load` would go on reading
 * opcodes here, and neither 1 to 16 nor 0xff is one; other padding could be a second pickle for another loader.
 */
function padded(alignment: Value | undefined, bytes: Uint8Array, position: number): number | string {
  if (alignment === undefined || alignment === null) return 'an array of joblib has no padding before it'
  const length = bytes[position]
  if (
    typeof alignment !== 'number' ||
    length === undefined ||
    length < 1 ||
    length > Math.min(alignment, 64)
  ) {
    return 'the padding of an array of joblib is out of range'
  }
  const padding = bytes.subarray(position + 1, position + 1 + length)
  if (padding.length < length || padding.some((byte) => byte !== 0xff)) {
    return 'the padding of an array of joblib is not 0xff'
  }
  return position + 1 + length
}

interface Dtype {
  readonly itemSize: number
  readonly objects: boolean
}

const HAS_OBJECTS = 1
const NESTING = 8

/**
 * The size of a pickled `numpy.dtype`, or why it is unclear: `dtype('f8', False, True)` and the state
 * (version, order, subarray, names, fields, size, alignment, flags …) (numpy, descriptor.c, arraydescr_setstate).
 */
function dtypeOf(value: Value | undefined, depth = 0): Dtype | string {
  const unknown = 'the type of an array of joblib is not a plain numpy dtype'
  if (calleeOf(value) !== 'numpy.dtype' || !isNode(value) || value.kind !== 'instance' || depth > NESTING)
    return unknown
  const code = tupleItems(value.args)?.[0]
  const match = typeof code === 'string' ? /^([biufcmMOSUV])(\d{1,9})$/.exec(code) : null
  const state = tupleItems(value.state)
  if (match === null || state === undefined || state.length < 8) return unknown
  const kind = match[1]!
  const declared = Number(match[2])
  const [, , subarray, , fields, size, , flags] = state
  if (subarray !== null || typeof size !== 'number' || typeof flags !== 'number') return unknown
  if (size !== -1 && size !== declared * (kind === 'U' ? 4 : 1)) return unknown
  const itemSize = declared * (kind === 'U' ? 4 : 1)
  let objects = kind === 'O'
  if (fields !== null) {
    if (!isNode(fields) || fields.kind !== 'dict' || fields.length > fields.entries.length) return unknown
    for (const [, field] of fields.entries) {
      const inner = dtypeOf(tupleItems(field)?.[0], depth + 1)
      if (typeof inner === 'string') return inner
      objects ||= inner.objects
    }
  }
  // numpy believes the flags, so flags that contradict the fields would move the end of the array.
  if (((flags & HAS_OBJECTS) !== 0) !== objects) return unknown
  return { itemSize, objects }
}

function unclear(why: string): ArrayLayout {
  return { kind: 'unclear', why }
}
