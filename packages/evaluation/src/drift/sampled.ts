import type { Weighing } from '@sluice/statistics'
import type { DriftRule } from '../schema/section.js'
import { type AnyColumn, columnOf, type Table } from '../table/table.js'

/** A column of one of the two tables, with how much its rows count and which of them belong together. */
export interface Sampled {
  readonly column: AnyColumn
  readonly weighing: Weighing
}

/** The columns that group rows, read as words: a table of any number of users. */
export interface Groupings {
  readonly reference: Table
  readonly current: Table
}

/** @returns why the rows cannot be weighed or grouped as a rule asks, as a sentence goes on */
export function weighingOf(
  table: Table,
  groupings: Table | undefined,
  { cluster, weight }: Pick<DriftRule, 'cluster' | 'weight'>,
): Weighing | string {
  const weights = weight === undefined ? undefined : weightsOf(table, weight)
  if (typeof weights === 'string') return weights
  if (cluster !== undefined && groupings?.columns.has(cluster) !== true)
    return `its cluster \`${cluster}\` is not a column of both tables`
  const words = cluster === undefined ? undefined : columnOf(groupings!, cluster, 'word')
  return {
    ...(weights === undefined ? {} : { weights }),
    ...(words === undefined ? {} : { clusters: { of: words.codes, count: words.words.length } }),
  }
}

function weightsOf(table: Table, weight: string): Float64Array | string {
  if (!table.columns.has(weight)) return `its weight \`${weight}\` is not a column of both tables`
  const { numbers } = columnOf(table, weight, 'any')
  const bad = numbers.reduce(
    (count, one) => (one >= 0 && one < Number.POSITIVE_INFINITY ? count : count + 1),
    0,
  )
  if (bad > 0) return `${bad} of ${numbers.length} rows have a weight that is missing, negative or infinite`
  return numbers.some((one) => one > 0) ? numbers : 'every weight is 0'
}

/** The rows whose value is a finite number, with all that belongs to them. */
export function finiteRows({ column, weighing }: Sampled): {
  readonly values: Float64Array
  readonly weighing: Weighing
} {
  const { numbers } = column
  const { clusters, weights } = weighing
  const there = (_: number, row: number) => Number.isFinite(numbers[row]!)
  if (numbers.every(Number.isFinite)) return { values: numbers, weighing }
  return {
    values: numbers.filter(there),
    weighing: {
      ...(weights === undefined ? {} : { weights: weights.filter(there) }),
      ...(clusters === undefined
        ? {}
        : { clusters: { of: clusters.of.filter(there), count: clusters.count } }),
    },
  }
}
