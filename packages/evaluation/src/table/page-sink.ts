import { type ColumnBuilder, KeyBuilder, NumberBuilder, parseNumber, WordBuilder } from './builder.js'
import type { Page, Values } from './parquet-pages.js'

/** Takes the pages of one column into its builder; what a dictionary holds is understood once. */
export function pageSink(builder: ColumnBuilder): (page: Page) => void {
  if (builder instanceof NumberBuilder) return numberSink(builder)
  if (builder instanceof WordBuilder) return wordSink(builder)
  if (builder instanceof KeyBuilder) return keySink(builder)
  return anySink(builder)
}

function numberSink(builder: NumberBuilder): (page: Page) => void {
  const numbersOf = lastOnly(numbers)
  return (page) => {
    const { values } = page
    if (values.type === 'DOUBLE' && page.indices === undefined && page.defined === undefined) {
      builder.addDoubles(values.bytes)
      return
    }
    const found = numbersOf(values)
    const places = placesOf(page)
    for (let row = 0; row < places.length; row++) {
      const place = places[row]!
      builder.addNumber(place === NONE ? Number.NaN : found[place]!)
    }
  }
}

function wordSink(builder: WordBuilder): (page: Page) => void {
  const codesOf = lastOnly((values: Values) => new Int32Array(values.count).fill(-1))
  const cellsOf = lastOnly(cells)
  return (page) => {
    // Only words that a row has are words of the column, whatever else the dictionary holds.
    const codes = codesOf(page.values)
    const known = cellsOf(page.values)
    const places = placesOf(page)
    for (let row = 0; row < places.length; row++) {
      const place = places[row]!
      if (place === NONE) {
        builder.add(null)
        continue
      }
      if (codes[place] === -1) codes[place] = builder.codeOf(String(known(place)))
      builder.addCode(codes[place]!)
    }
  }
}

function anySink(builder: ColumnBuilder): (page: Page) => void {
  const cellsOf = lastOnly(cells)
  return (page) => {
    const known = cellsOf(page.values)
    for (const place of placesOf(page)) builder.add(place === NONE ? null : known(place))
  }
}

function keySink(builder: KeyBuilder): (page: Page) => void {
  const cellsOf = lastOnly(cells)
  const numbersOf = lastOnly(wholeNumbers)
  return (page) => {
    const known = cellsOf(page.values)
    const whole = numbersOf(page.values)
    const places = placesOf(page)
    for (let row = 0; row < places.length; row++) {
      const place = places[row]!
      if (place === NONE) builder.add(null)
      else if (whole === undefined || Number.isNaN(whole[place]!)) builder.add(known(place))
      else builder.addWhole(whole[place]!)
    }
  }
}

const NONE = -1

/** By row: the place of its value among the page's values, or `NONE`. Each sink has its own loop over them, which runs several times as fast as a callback a row. */
function placesOf({ rows, defined, indices }: Page): Int32Array {
  const places = new Int32Array(rows)
  if (defined === undefined) {
    if (indices !== undefined) places.set(indices)
    else for (let row = 0; row < rows; row++) places[row] = row
    return places
  }
  for (let row = 0, next = 0; row < rows; row++) {
    if (defined[row] === 0) places[row] = NONE
    else places[row] = indices === undefined ? next++ : indices[next++]!
  }
  return places
}

/** Whole numbers of at most fifteen digits, NaN for any other; undefined for texts. */
function wholeNumbers(values: Values): Float64Array | undefined {
  if (values.type === 'BYTE_ARRAY') return undefined
  const found = numbers(values)
  for (let i = 0; i < found.length; i++) {
    const value = found[i]!
    // Minus zero is zero.
    found[i] = Number.isInteger(value) && Math.abs(value) < 1e15 ? value + 0 : Number.NaN
  }
  return found
}

function numbers(values: Values): Float64Array {
  if (values.type === 'BYTE_ARRAY')
    return Float64Array.from(values.values, (bytes) => parseNumber(text(bytes)))
  const found = new Float64Array(values.count)
  const view = new DataView(values.bytes.buffer, values.bytes.byteOffset, values.bytes.byteLength)
  switch (values.type) {
    case 'DOUBLE':
      for (let i = 0; i < found.length; i++) found[i] = view.getFloat64(i * 8, true)
      return found
    case 'FLOAT':
      for (let i = 0; i < found.length; i++) found[i] = view.getFloat32(i * 4, true)
      return found
    case 'INT32':
      for (let i = 0; i < found.length; i++) found[i] = view.getInt32(i * 4, true)
      return found
    case 'INT64':
      for (let i = 0; i < found.length; i++)
        found[i] = view.getInt32(i * 8 + 4, true) * 2 ** 32 + view.getUint32(i * 8, true)
      return found
  }
}

/** The value at a place as a cell: text, a number, or a bigint where a double would not hold it. */
function cells(values: Values): (value: number) => string | number | bigint {
  return values.type === 'BYTE_ARRAY' ? (value) => text(values.values[value]!) : reader(values)
}

function reader({ type, bytes }: Exclude<Values, { type: 'BYTE_ARRAY' }>): (i: number) => number | bigint {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  switch (type) {
    case 'DOUBLE':
      return (i) => view.getFloat64(i * 8, true)
    case 'FLOAT':
      return (i) => view.getFloat32(i * 4, true)
    case 'INT32':
      return (i) => view.getInt32(i * 4, true)
    case 'INT64':
      return (i) => {
        const value = view.getInt32(i * 8 + 4, true) * 2 ** 32 + view.getUint32(i * 8, true)
        return Number.isSafeInteger(value) ? value : view.getBigInt64(i * 8, true)
      }
  }
}

const decoder = new TextDecoder()

function text(bytes: Uint8Array): string {
  return decoder.decode(bytes)
}

/** Remembers what was made of the last values: the pages of a chunk share one dictionary. */
function lastOnly<T>(make: (values: Values) => T): (values: Values) => T {
  let last: { readonly values: Values; readonly made: T } | undefined
  return (values) => {
    if (last?.values !== values) last = { values, made: make(values) }
    return last.made
  }
}
