import { parseNumber } from '../../table/builder.js'
import { plainColumn, type Table } from '../../table/table.js'
import type { Condition, Literal, Operator } from './condition.js'

/**
 * Whether each row of a table meets a condition. What is missing, or no number where numbers are compared, meets no
 * comparison (and so meets its `not`), whichever way it goes.
 * @param table has every column that the condition names, read as numbers or as words
 */
export function evaluateCondition(condition: Condition, table: Table): Uint8Array {
  switch (condition.kind) {
    case 'and':
    case 'or': {
      const [first, ...others] = condition.all.map((one) => evaluateCondition(one, table))
      for (const other of others)
        for (let i = 0; i < other.length; i++)
          first![i] = condition.kind === 'and' ? first![i]! & other[i]! : first![i]! | other[i]!
      return first!
    }
    case 'not':
      return evaluateCondition(condition.of, table).map((met) => 1 - met)
    case 'missing':
      return missing(table, condition.column)
    case 'compare':
      return compare(table, condition.column, condition.operator, condition.value)
    case 'in':
      return anyOf(table, condition.column, condition.values)
  }
}

function missing(table: Table, name: string): Uint8Array {
  const column = plainColumn(table, name)
  if (column.kind === 'word') return byWord(column.codes, column.words, (word) => word === '')
  return Uint8Array.from(column.values as ArrayLike<string | number>, (value) =>
    value === '' || Number.isNaN(value) ? 1 : 0,
  )
}

function compare(table: Table, name: string, operator: Operator, value: Literal): Uint8Array {
  if (typeof value === 'number') {
    const holds = COMPARE[operator]
    return byNumber(table, name, (one) => !Number.isNaN(one) && holds(one, value))
  }
  const holds = COMPARE[operator]
  return byText(table, name, (word) => word !== '' && holds(word, value))
}

function anyOf(table: Table, name: string, values: readonly Literal[]): Uint8Array {
  const numbers = new Set(values.filter((one) => typeof one === 'number'))
  const words = new Set(values.filter((one) => typeof one === 'string'))
  const found = byNumber(table, name, (one) => numbers.has(one))
  if (words.size === 0) return found
  const named = byText(table, name, (word) => word !== '' && words.has(word))
  return found.map((met, i) => met | named[i]!)
}

/** Words compare by code unit, the same in every locale. */
const COMPARE: Record<Operator, <T extends Literal>(a: T, b: T) => boolean> = {
  '==': (a, b) => a === b,
  '!=': (a, b) => a !== b,
  '<': (a, b) => a < b,
  '<=': (a, b) => a <= b,
  '>': (a, b) => a > b,
  '>=': (a, b) => a >= b,
}

function byNumber(table: Table, name: string, meets: (value: number) => boolean): Uint8Array {
  const column = plainColumn(table, name)
  if (column.kind === 'word') return byWord(column.codes, column.words, (word) => meets(parseNumber(word)))
  return Uint8Array.from(column.values as ArrayLike<string | number>, (one) =>
    meets(typeof one === 'number' ? one : parseNumber(one)) ? 1 : 0,
  )
}

function byText(table: Table, name: string, meets: (word: string) => boolean): Uint8Array {
  const column = plainColumn(table, name)
  if (column.kind === 'word') return byWord(column.codes, column.words, meets)
  return Uint8Array.from(column.values as ArrayLike<string | number>, (one) => (meets(String(one)) ? 1 : 0))
}

/** Each different word is asked once. */
function byWord(codes: Int32Array, words: readonly string[], meets: (word: string) => boolean): Uint8Array {
  const answers = Uint8Array.from(words, (word) => (meets(word) ? 1 : 0))
  return Uint8Array.from(codes, (code) => answers[code]!)
}
