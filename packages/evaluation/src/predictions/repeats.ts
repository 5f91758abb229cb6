import type { Finding } from '@sluice/verdict'
import type { Repeats } from '../metrics/metric.js'
import type { Column, KeyColumn, Table } from '../table/table.js'
import { columnOf } from '../table/table.js'
import { problem } from './problem.js'
import type { Roles } from './roles.js'

/** A table of one row an id, and behind each of its number columns the answers that it is the mean of. */
export interface Collapsed {
  readonly table: Table
  readonly repeats: ReadonlyMap<string, Repeats>
  readonly findings: readonly Finding[]
}

/**
 * Makes the answers to one id a single row: numbers become their mean, words must be the same for all of them. More
 * answers make a row surer, and never more rows (Miller 2024, arXiv 2411.00640). An answer that is NaN makes its row NaN.
 */
export function collapseRepeats(table: Table, { id, repeat, passing = 0.5 }: Roles): Collapsed {
  if (repeat === undefined) return { table, repeats: new Map(), findings: [] }
  const keys = columnOf(table, id, 'key').values
  const numbers = columnOf(table, repeat, 'word')
  const items = new Map<string | number, number>()
  const itemOf = new Int32Array(table.rows)
  const first: number[] = []
  const seen = new Set<string>()
  const found = { twice: 0, differing: 0 }
  for (let row = 0; row < table.rows; row++) {
    const key = keys[row]!
    let item = items.get(key)
    if (item === undefined) {
      item = first.push(row) - 1
      items.set(key, item)
    }
    itemOf[row] = item
    const answer = `${item}:${numbers.codes[row]}`
    if (seen.has(answer)) found.twice++
    seen.add(answer)
  }
  const repeats = new Map<string, Repeats>()
  const columns = new Map<string, Column>()
  for (const [name, column] of table.columns) {
    if (name === repeat) continue
    if (column.kind === 'number') {
      const sums = new Float64Array(first.length)
      const own = { answers: new Int32Array(first.length), passed: new Int32Array(first.length) }
      for (let row = 0; row < table.rows; row++) {
        const item = itemOf[row]!
        sums[item]! += column.values[row]!
        own.answers[item]!++
        if (column.values[row]! >= passing) own.passed[item]!++
      }
      columns.set(name, { kind: 'number', values: sums.map((sum, item) => sum / own.answers[item]!) })
      repeats.set(name, own)
    } else if (column.kind === 'word') {
      for (let row = 0; row < table.rows; row++)
        if (column.codes[row] !== column.codes[first[itemOf[row]!]!]) found.differing++
      columns.set(name, { ...column, codes: Int32Array.from(first, (row) => column.codes[row]!) })
    } else if (column.kind === 'key') columns.set(name, keysOf(column, first))
  }
  return { table: { rows: first.length, columns }, repeats, findings: [...findingsOf(found, repeat)] }
}

function keysOf({ values }: KeyColumn, rows: readonly number[]): KeyColumn {
  const picked =
    values instanceof Float64Array
      ? Float64Array.from(rows, (row) => values[row]!)
      : rows.map((row) => values[row]!)
  return { kind: 'key', values: picked }
}

function* findingsOf(found: { twice: number; differing: number }, repeat: string): Iterable<Finding> {
  if (found.twice > 0)
    yield problem(
      'evaluation/ids-duplicate',
      'error',
      `${found.twice} answers have the same id and the same ${repeat} as another; expected each once.`,
      'Number the answers to one id.',
    )
  if (found.differing > 0)
    yield problem(
      'evaluation/repeats-differ',
      'error',
      `${found.differing} answers differ from the first to their id in a slice, a cluster or the prompt; expected the same for all.`,
      'Give all answers to one id the same slice, cluster and prompt.',
    )
}
