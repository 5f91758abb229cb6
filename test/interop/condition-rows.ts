import fc from 'fast-check'
import type { Condition } from '../../packages/evaluation/src/slices/condition/condition.js'
import type { Table } from '../../packages/evaluation/src/table/table.js'
import { anyCondition } from '../../packages/evaluation/test/slices/conditions.js'

/** Words that look like numbers, nearly do, and mean something in SQL; null is none. */
const WORDS = [
  null,
  '',
  'AA',
  'DL',
  'aa',
  '1',
  ' 1',
  '1\n',
  '1.5',
  '-2',
  '1e2',
  '+.5',
  '1.',
  'inf',
  'nan',
  'NaN',
  'Infinity',
  '0x10',
  '1_000',
  '1d',
  '1e400',
  "it's",
  'a"b',
  'a`b',
  '\\',
  "\\'",
  '--',
  'a\nb',
  'é',
  '100%',
  '_',
]
const NUMBERS = [0, 1, -2, 1.5, 100, 1e300, -1e-5, 0.1, Number.NaN, Infinity, -Infinity]

export interface ConditionRow {
  readonly word: string | null
  readonly number: number
}

export function conditionRows(count: number): ConditionRow[] {
  return Array.from({ length: count }, (_, i) => ({
    word: WORDS[i % WORDS.length]!,
    number: NUMBERS[i % NUMBERS.length]!,
  }))
}

/** The same rows as the readers of files would have them, under the names `the "word"` and `number`. */
export function conditionTable(rows: readonly ConditionRow[]): Table {
  const words = [...new Set(rows.map(({ word }) => word ?? ''))]
  return {
    rows: rows.length,
    columns: new Map([
      [
        'the "word"',
        { kind: 'word', words, codes: Int32Array.from(rows, ({ word }) => words.indexOf(word ?? '')) },
      ],
      ['number', { kind: 'number', values: Float64Array.from(rows, ({ number }) => number) }],
    ]),
  }
}

/** A number's own text differs from engine to engine, so numbers are compared with numbers. */
export function anyRowCondition(): fc.Arbitrary<Condition> {
  const numbers = NUMBERS.filter(Number.isFinite)
  const words = WORDS.filter((word) => word !== null)
  return fc.oneof(
    anyCondition(fc.constant('the "word"'), fc.oneof(fc.constantFrom(...words), fc.constantFrom(...numbers))),
    anyCondition(fc.constant('number'), fc.constantFrom(...numbers)),
  )
}
