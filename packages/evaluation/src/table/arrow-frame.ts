import { LIMITS } from './limits.js'

/** Entries of all lists in an Arrow file's metadata together: fields, buffers, batches, annotations. */
const ENTRIES = 1_000_000
/** Fields within fields. */
const DEPTH = 64
const UNION = 14

/**
 * Holds the lists in an Arrow file's or stream's metadata (flatbuffers; Apache Arrow's format/{File,Message,Schema}.fbs)
 * against the bytes that there are. The reader of the library makes each as long as it says it is: one changed byte
 * would take all memory.
 * @throws Error where a list or a table goes beyond its bytes, or there are more entries than any table has
 */
export function checkArrowFrame(bytes: Uint8Array): void {
  const budget = { left: ENTRIES }
  if (isFile(bytes)) checkFile(bytes, budget)
  else for (let at: number | undefined = 0; at !== undefined; ) at = checkMessage(bytes, at, budget)
}

interface Budget {
  left: number
}

const MAGIC = new TextEncoder().encode('ARROW1')

function isFile(bytes: Uint8Array): boolean {
  return MAGIC.every((byte, i) => bytes[i] === byte)
}

/** Footer: schema 6, dictionaries 8, record batches 10, annotations 12. */
function checkFile(bytes: Uint8Array, budget: Budget): void {
  const view = viewOf(bytes)
  const end = bytes.length - MAGIC.length - 4
  const footer = tableAt(view, end - int32(view, end))
  checkSchema(view, footer(6), budget)
  checkAnnotations(view, footer(12), budget)
  for (const blocks of [footer(8), footer(10)])
    eachEntry(view, blocks, 24, budget, (at) => {
      checkMessage(bytes, Number(int64(view, at)), budget)
    })
}

/** @returns where the next one begins; undefined after the last */
function checkMessage(bytes: Uint8Array, start: number, budget: Budget): number | undefined {
  const whole = viewOf(bytes)
  if (start + 4 > bytes.length) return undefined
  let at = start + 4
  let length = int32(whole, start)
  // Since version 0.15 a mark stands before the length.
  if (length === -1) {
    if (at + 4 > bytes.length) return undefined
    length = int32(whole, at)
    at += 4
  }
  if (length === 0) return undefined
  if (length < 0 || at + length > bytes.length) throw new Error('a message goes beyond the end')
  budget.left--
  const view = viewOf(bytes.subarray(at, at + length))
  const message = tableAt(view, 0)
  const [kind, header, body] = [message(6), message(8), message(10)]
  const size = body === undefined ? 0 : Number(int64(view, body))
  if (header !== undefined && kind !== undefined) checkHeader(view, view.getUint8(kind), header, budget)
  if (!(size >= 0)) throw new Error('the body of a message has no size')
  return at + length + size
}

/** 1 a schema, 2 a dictionary with a batch under 6, 3 a batch. */
function checkHeader(view: DataView, kind: number, at: number, budget: Budget): void {
  if (kind === 1) checkSchema(view, at, budget)
  else if (kind === 2) {
    const batch = tableAt(view, at)(6)
    if (batch !== undefined) checkBatch(view, batch, LIMITS.words, budget)
  } else if (kind === 3) checkBatch(view, at, LIMITS.rows, budget)
}

/**
 * Rows 4, nodes 6 with the length of each, buffers 8, counts of variadic buffers 12. What is packed does not tell how
 * many values are in it; the library has a place for each value of a dictionary before it is looked up.
 */
function checkBatch(view: DataView, at: number, most: number, budget: Budget): void {
  const batch = tableAt(view, at)
  const checkLength = (place: number) => {
    const length = Number(int64(view, place))
    if (!(length >= 0 && length <= most))
      throw new Error(`a batch has ${length} values; at most ${most} are read`)
  }
  const rows = batch(4)
  if (rows !== undefined) checkLength(rows)
  eachEntry(view, batch(6), 16, budget, checkLength)
  eachEntry(view, batch(8), 16, budget)
  eachEntry(view, batch(12), 8, budget, (entry) => spend(budget, Number(int64(view, entry))))
}

function checkSchema(view: DataView, at: number | undefined, budget: Budget): void {
  if (at === undefined) return
  const schema = tableAt(view, at)
  checkFields(view, schema(6), budget, 0)
  checkAnnotations(view, schema(8), budget)
}

/** Field: type 8 and 10, children 14, annotations 16; the type of a union has a list of its own under 6. */
function checkFields(view: DataView, fields: number | undefined, budget: Budget, depth: number): void {
  if (depth > DEPTH) throw new Error('its fields are nested too deeply')
  eachEntry(view, fields, 4, budget, (at) => {
    const field = tableAt(view, at)
    const [kind, type] = [field(8), field(10)]
    if (kind !== undefined && type !== undefined && view.getUint8(kind) === UNION)
      eachEntry(view, tableAt(view, type)(6), 4, budget)
    checkFields(view, field(14), budget, depth + 1)
    checkAnnotations(view, field(16), budget)
  })
}

function checkAnnotations(view: DataView, at: number | undefined, budget: Budget): void {
  eachEntry(view, at, 4, budget)
}

/** The entries of a list, when they lie within the bytes. @param size bytes of an entry */
function eachEntry(
  view: DataView,
  at: number | undefined,
  size: number,
  budget: Budget,
  visit: (at: number) => void = () => {},
): void {
  if (at === undefined) return
  const base = at + int32(view, at)
  const count = int32(view, base)
  if (count < 0 || base + 4 + count * size > view.byteLength) throw new Error('a list goes beyond its bytes')
  spend(budget, count)
  for (let i = 0; i < count; i++) visit(base + 4 + i * size)
}

function spend(budget: Budget, count: number): void {
  if (!(count >= 0)) throw new Error('a list has no length')
  budget.left -= count
  if (budget.left < 0) throw new Error(`its metadata has more than ${ENTRIES} entries`)
}

/** Where the fields of a flatbuffers table lie, by their place in its list of offsets; undefined for those it lacks. */
function tableAt(view: DataView, at: number): (field: number) => number | undefined {
  const table = at + int32(view, at)
  const offsets = table - int32(view, table)
  const size = view.getUint16(offsets, true)
  return (field) => {
    if (field >= size) return undefined
    const offset = view.getUint16(offsets + field, true)
    return offset === 0 ? undefined : table + offset
  }
}

// Reading beyond the bytes throws a RangeError: that is the check.

function int32(view: DataView, at: number): number {
  return view.getInt32(at, true)
}

function int64(view: DataView, at: number): bigint {
  return view.getBigInt64(at, true)
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
