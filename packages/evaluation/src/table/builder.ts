import { SluiceError } from '@sluice/errors'
import { AnyBuilder } from './any-builder.js'
import { LIMITS } from './limits.js'
import type { Column, ColumnKind } from './table.js'

/** A cell as readers find it; Parquet has dates too. */
export type Cell = string | number | bigint | boolean | Date | null | undefined

/** Collects one column, cell by cell, in typed arrays that grow. */
export interface ColumnBuilder {
  readonly kind: ColumnKind
  add(cell: Cell): void
  finish(): Column
}

/** @param rows as many are expected: the arrays then never grow, and are not copied at the end */
export function columnBuilder(kind: ColumnKind, name: string, rows = 1024): ColumnBuilder {
  if (kind === 'number') return new NumberBuilder(rows)
  if (kind === 'any') return new AnyBuilder(rows)
  return kind === 'word' ? new WordBuilder(name, rows) : new KeyBuilder(name, rows)
}

const PLAIN_NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i

/** The number that a text stands for; NaN for anything else, so `0x10`, an empty field and `n/a` are none. */
export function parseNumber(text: string): number {
  return PLAIN_NUMBER.test(text) ? Number(text) : Number.NaN
}

export class NumberBuilder implements ColumnBuilder {
  readonly kind = 'number'
  #values: Float64Array
  #length = 0

  constructor(rows: number) {
    this.#values = new Float64Array(Math.max(1, rows))
  }

  add(cell: Cell): void {
    if (typeof cell === 'number') this.addNumber(cell)
    else if (typeof cell === 'string') this.addNumber(parseNumber(cell))
    else if (typeof cell === 'bigint' || typeof cell === 'boolean') this.addNumber(Number(cell))
    else this.addNumber(Number.NaN)
  }

  addNumber(value: number): void {
    if (this.#length === this.#values.length) this.#values = grown(this.#values, Float64Array)
    this.#values[this.#length++] = value
  }

  /** Adds doubles as the bytes they are, in the order of this machine (little-endian, as every runner's). */
  addDoubles(bytes: Uint8Array): void {
    const count = bytes.length / 8
    while (this.#length + count > this.#values.length) this.#values = grown(this.#values, Float64Array)
    new Uint8Array(this.#values.buffer, this.#length * 8, bytes.length).set(bytes)
    this.#length += count
  }

  finish(): Column {
    return { kind: 'number', values: trimmed(this.#values, this.#length) }
  }
}

export class WordBuilder implements ColumnBuilder {
  readonly kind = 'word'
  readonly #name: string
  readonly #codes = new Map<string, number>()
  readonly #words: string[] = []
  #values: Int32Array
  #length = 0

  constructor(name: string, rows: number) {
    this.#name = name
    this.#values = new Int32Array(Math.max(1, rows))
  }

  add(cell: Cell): void {
    this.addCode(this.codeOf(text(cell)))
  }

  /** The word's code, a new one where it is new. */
  codeOf(word: string): number {
    let code = this.#codes.get(word)
    if (code === undefined) {
      if (this.#words.length === LIMITS.words) throw tooManyWords(this.#name)
      if (word.length > LIMITS.fieldBytes) throw tooLong(this.#name)
      code = this.#words.push(word) - 1
      this.#codes.set(word, code)
    }
    return code
  }

  /** Adds a row of a word whose code is known. */
  addCode(code: number): void {
    if (this.#length === this.#values.length) this.#values = grown(this.#values, Int32Array)
    this.#values[this.#length++] = code
  }

  finish(): Column {
    return { kind: 'word', codes: trimmed(this.#values, this.#length), words: this.#words }
  }
}

const WHOLE = /^(0|-?[1-9]\d{0,14})$/

/** Stays with numbers as long as every key is one: they sort and compare many times faster than text. */
export class KeyBuilder implements ColumnBuilder {
  readonly kind = 'key'
  readonly #name: string
  readonly #numbers: NumberBuilder
  #texts: string[] | undefined

  constructor(name: string, rows: number) {
    this.#name = name
    this.#numbers = new NumberBuilder(rows)
  }

  add(cell: Cell): void {
    const key = text(cell)
    if (key.length > LIMITS.fieldBytes) throw tooLong(this.#name)
    if (this.#texts === undefined) {
      if (WHOLE.test(key)) {
        this.#numbers.addNumber(Number(key))
        return
      }
      const column = this.#numbers.finish()
      this.#texts = column.kind === 'number' ? Array.from(column.values, String) : []
    }
    this.#texts.push(key)
  }

  /** Adds a whole number of at most fifteen digits that stood in its plain form. */
  addWhole(value: number): void {
    if (this.#texts === undefined) this.#numbers.addNumber(value)
    else this.#texts.push(String(value))
  }

  finish(): Column {
    if (this.#texts !== undefined) return { kind: 'key', values: this.#texts }
    const column = this.#numbers.finish()
    return { kind: 'key', values: column.kind === 'number' ? column.values : [] }
  }
}

/** Dates in ISO form, which no time zone or locale changes; a day or a time as a slice is the same everywhere. */
function text(cell: Cell): string {
  if (cell === null || cell === undefined) return ''
  if (cell instanceof Date)
    return Number.isNaN(cell.getTime()) ? '' : cell.toISOString().replace('T00:00:00.000Z', '')
  return String(cell)
}

function trimmed<T extends Float64Array | Int32Array>(values: T, length: number): T {
  return (values.length === length ? values : values.slice(0, length)) as T
}

function grown<T extends Float64Array | Int32Array>(values: T, type: new (length: number) => T): T {
  const larger = new type(values.length * 2)
  larger.set(values)
  return larger
}

function tooLong(name: string): SluiceError {
  return new SluiceError(
    'TABLE_TOO_LARGE',
    `A value of column \`${name}\` is longer than ${LIMITS.fieldBytes} characters.`,
    {
      remedy: 'Name the right column; keys, labels and slices are short words.',
    },
  )
}

function tooManyWords(name: string): SluiceError {
  return new SluiceError(
    'TABLE_TOO_LARGE',
    `Column \`${name}\` has more than ${LIMITS.words} different values.`,
    {
      remedy: 'Slice by a column of few values; a number belongs into bins first.',
    },
  )
}
