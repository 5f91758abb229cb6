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
    eachValue(
      page,
      (value) => builder.addNumber(found[value]!),
      () => builder.addNumber(Number.NaN),
    )
  }
}

function wordSink(builder: WordBuilder): (page: Page) => void {
  const codesOf = lastOnly((values: Values) => new Int32Array(values.count).fill(-1))
  const cellsOf = lastOnly(cells)
  return (page) => {
    // Only words that a row has are words of the column, whatever else the dictionary holds.
    const codes = codesOf(page.values)
    const known = cellsOf(page.values)
    eachValue(
      page,
      (value) => {
        if (codes[value] === -1) codes[value] = builder.codeOf(String(known(value)))
        builder.addCode(codes[value]!)
      },
      () => builder.add(null),
    )
  }
}

function anySink(builder: ColumnBuilder): (page: Page) => void {
  const cellsOf = lastOnly(cells)
  return (page) => {
    const known = cellsOf(page.values)
    eachValue(
      page,
      (value) => builder.add(known(value)),
      () => builder.add(null),
    )
  }
}

function keySink(builder: KeyBuilder): (page: Page) => void {
  const cellsOf = lastOnly(cells)
  return (page) => {
    const known = cellsOf(page.values)
    eachValue(
      page,
      (value) => {
        const cell = known(value)
        if (typeof cell === 'number' && Number.isInteger(cell) && Math.abs(cell) < 1e15)
          builder.addWhole(cell + 0)
        else builder.add(cell)
      },
      () => builder.add(null),
    )
  }
}

/** @param take gets the place of each row's value among the page's values */
function eachValue({ rows, defined, indices }: Page, take: (value: number) => void, none: () => void): void {
  for (let row = 0, next = 0; row < rows; row++) {
    if (defined !== undefined && defined[row] === 0) none()
    else {
      take(indices === undefined ? next : indices[next]!)
      next++
    }
  }
}

function numbers(values: Values): Float64Array {
  if (values.type === 'BYTE_ARRAY')
    return Float64Array.from(values.values, (bytes) => parseNumber(text(bytes)))
  const found = new Float64Array(values.count)
  const numberAt = reader(values)
  for (let i = 0; i < found.length; i++) found[i] = Number(numberAt(i))
  return found
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
