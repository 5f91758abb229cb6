import { SluiceError } from '@sluice/errors'
import { parseNumber } from '../table/builder.js'
import { LIMITS } from '../table/limits.js'
import { columnOf, type Table, type WordColumn } from '../table/table.js'
import { evaluateCondition } from './condition/evaluate.js'
import type { DeclaredSpec } from './spec.js'

/** Between the words of a cross. */
export const CROSS = ' × '

/** A row that is in no slice of its column. */
export const NO_SLICE = -1

/**
 * The slice that each row is in, as a column of words in the table's row order. Rows that meet no condition have the
 * code `NO_SLICE`; expected words stand among the words even when no row has them.
 * @param table has the columns of `sliceColumns`
 * @throws SluiceError TABLE_TOO_LARGE when a cross has too many combinations
 */
export function deriveSlices(spec: DeclaredSpec, table: Table): WordColumn {
  switch (spec.kind) {
    case 'column':
      return withExpected(columnOf(table, spec.column, 'word'), spec.expect)
    case 'cross':
      return cross(
        spec.label,
        spec.columns.map((name) => columnOf(table, name, 'word')),
      )
    case 'ranges':
      return ranges(table, spec.column, spec.edges)
    case 'condition': {
      const codes = Int32Array.from(evaluateCondition(spec.condition, table), (met) =>
        met === 1 ? 0 : NO_SLICE,
      )
      return { kind: 'word', codes, words: [spec.text] }
    }
  }
}

function withExpected(column: WordColumn, expect: readonly string[]): WordColumn {
  const missing = expect.filter((word) => !column.words.includes(word))
  return missing.length === 0 ? column : { ...column, words: [...column.words, ...missing] }
}

function cross(label: string, columns: readonly WordColumn[]): WordColumn {
  const words: string[] = []
  const known = new Map<string, number>()
  const rows = columns[0]!.codes.length
  const codes = new Int32Array(rows)
  for (let row = 0; row < rows; row++) {
    const key = columns.map(({ codes: own }) => own[row]).join()
    let code = known.get(key)
    if (code === undefined) {
      if (words.length === LIMITS.words) throw tooMany(label)
      code = words.push(columns.map(({ codes: own, words: named }) => named[own[row]!]).join(CROSS)) - 1
      known.set(key, code)
    }
    codes[row] = code
  }
  return { kind: 'word', codes, words }
}

/** What ranges are called, from the lowest up, and last what is no number. */
export function rangeWords(edges: readonly number[]): string[] {
  return [
    `under ${edges[0]}`,
    ...edges.slice(1).map((high, i) => `${edges[i]} to ${high}`),
    `from ${edges.at(-1)}`,
    '',
  ]
}

/** Half-open ranges [low, high); what is no number is the empty word, as a missing value of a column is. */
function ranges(table: Table, name: string, edges: readonly number[]): WordColumn {
  const words = rangeWords(edges)
  const missing = words.length - 1
  const rangeOf = (value: number) => {
    if (Number.isNaN(value)) return missing
    let range = 0
    while (range < edges.length && value >= edges[range]!) range++
    return range
  }
  const column = table.columns.get(name)!
  if (column.kind === 'word') {
    const ofWord = column.words.map((word) => rangeOf(parseNumber(word)))
    return { kind: 'word', codes: column.codes.map((code) => ofWord[code]!), words }
  }
  return { kind: 'word', codes: Int32Array.from(columnOf(table, name, 'number').values, rangeOf), words }
}

function tooMany(label: string): SluiceError {
  return new SluiceError(
    'TABLE_TOO_LARGE',
    `The slices ${label} have more than ${LIMITS.words} combinations.`,
    {
      remedy: 'Cross columns of fewer values.',
    },
  )
}
