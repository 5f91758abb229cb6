import { type Cell, type ColumnBuilder, NumberBuilder, parseNumber } from './builder.js'
import { LIMITS } from './limits.js'
import type { AnyColumn } from './table.js'

/** A column with more different values than this has no list of them: it is no set of categories. */
export const CATEGORY_LIMIT = 10_000

const WHOLE = /^[+-]?\d+$/
const DATE =
  /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])([T ]([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?)?$/
const BOOLEAN = /^(true|false)$/i

/** What a value can be read as, one bit each; every value is a word. */
export const READS = { integer: 1, number: 2, boolean: 4, date: 8 } as const

/**
 * Collects a column of which nobody knows yet what it is: every value as a number where it is one, and as a category
 * as long as there are few of them.
 */
export class AnyBuilder implements ColumnBuilder {
  readonly kind = 'any'
  readonly #numbers: NumberBuilder
  readonly #codes = new Map<string, number>()
  readonly #words: string[] = []
  readonly #reads: number[] = []
  #values: Int32Array | undefined
  #missing = 0
  #infinite = 0
  #rows = 0
  /** How many values can be read as each. */
  readonly #readable = { integer: 0, number: 0, boolean: 0, date: 0 }

  constructor(rows = 1024) {
    this.#numbers = new NumberBuilder(rows)
    this.#values = new Int32Array(rows)
  }

  add(cell: Cell): void {
    const word = wordOf(cell)
    if (word === '') {
      this.#missing++
      this.#push(Number.NaN, '')
      return
    }
    const known = this.#values === undefined ? undefined : this.#codes.get(word)
    const reads = known === undefined ? readsOf(word) : this.#reads[known]!
    for (const name of ['integer', 'number', 'boolean', 'date'] as const)
      if ((reads & READS[name]) !== 0) this.#readable[name]++
    const value = typeof cell === 'number' ? cell : parseNumber(word)
    if (Math.abs(value) === Number.POSITIVE_INFINITY || /^[+-]?inf(inity)?$/i.test(word)) this.#infinite++
    this.#push(value, word)
  }

  finish(): AnyColumn {
    const numbers = this.#numbers.finish()
    const codes = this.#values?.slice(0, this.#rows)
    return {
      kind: 'any',
      numbers: numbers.kind === 'number' ? numbers.values : new Float64Array(),
      missing: this.#missing,
      infinite: this.#infinite,
      readable: { ...this.#readable },
      ...(codes === undefined ? {} : { categories: { codes, words: this.#words } }),
    }
  }

  #push(value: number, word: string): void {
    this.#numbers.addNumber(value)
    this.#rows++
    if (this.#values === undefined) return
    let code = this.#codes.get(word)
    if (code === undefined) {
      if (this.#words.length === CATEGORY_LIMIT) {
        this.#values = undefined
        this.#codes.clear()
        this.#words.length = 0
        return
      }
      code = this.#words.push(word) - 1
      this.#codes.set(word, code)
      this.#reads.push(readsOf(word))
    }
    if (this.#rows > this.#values.length) {
      const larger = new Int32Array(this.#values.length * 2)
      larger.set(this.#values)
      this.#values = larger
    }
    this.#values[this.#rows - 1] = code
  }
}

/** NaN is how Python writes what is missing. */
function wordOf(cell: Cell): string {
  if (cell === null || cell === undefined) return ''
  if (typeof cell === 'number') return Number.isNaN(cell) ? '' : String(cell)
  if (cell instanceof Date)
    return Number.isNaN(cell.getTime()) ? '' : cell.toISOString().replace('T00:00:00.000Z', '')
  const word = String(cell)
  return word.length > LIMITS.fieldBytes ? word.slice(0, LIMITS.fieldBytes) : word
}

function readsOf(word: string): number {
  const number = parseNumber(word)
  let reads = 0
  if (Number.isFinite(number)) {
    reads |= READS.number
    if (WHOLE.test(word) || Number.isSafeInteger(number)) reads |= READS.integer
    if (number === 0 || number === 1) reads |= READS.boolean
  } else if (BOOLEAN.test(word)) reads |= READS.boolean
  else if (DATE.test(word)) reads |= READS.date
  return reads
}
