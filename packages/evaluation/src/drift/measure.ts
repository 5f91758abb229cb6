import {
  chiSquareOfTable,
  chiSquareTail,
  jensenShannonDistance,
  kolmogorovSmirnov,
  kolmogorovTail,
  populationStability,
  resampleCounts,
  wassersteinDistance,
} from '@sluice/statistics'
import { type Estimate, symmetricEstimate } from '../estimates/estimate.js'
import type { DriftRule, Measure } from '../schema/section.js'
import type { AnyColumn } from '../table/table.js'
import { type Cells, categoryCells, numberCells } from './cells.js'
import { gridOf } from './grid.js'

export type MeasuredDrift =
  | {
      readonly state: 'measured'
      /** The measure as it is usually given, biased upwards on few rows. */
      readonly raw: number
      /** Freed of that bias, with its error. */
      readonly estimate: Estimate
      /** p-value of "there is no drift at all", for readers who want one; nothing is decided by it. */
      readonly p: number | undefined
      readonly cells: Cells | undefined
    }
  | { readonly state: 'undefined'; readonly because: string }

const REPLICATES = 1000
/** Rows that each side must have: of fewer, all alike, every replicate is alike too, and the interval has no width. */
const FEWEST = 50
/** Fixed: the same tables give the same bytes on every machine. */
const SEED = 0xd21f7

const NAMES: Record<Measure, string> = {
  psi: 'PSI, half a row added to each bin',
  js: 'Jensen-Shannon distance, base 2',
  cramers_v: 'Cramér’s V',
  ks: 'Kolmogorov-Smirnov distance',
  wasserstein: 'Wasserstein distance in standard deviations of the reference',
}

/**
 * How far a column has moved from its reference. Every measure of distance is biased upwards, by about as much as one
 * more resampling adds (Efron & Tibshirani 1993, 10.2): that is taken off, and the spread of the replicates is its error.
 */
export function measureDrift(
  { bins, measure }: Pick<DriftRule, 'bins' | 'measure'>,
  reference: AnyColumn,
  current: AnyColumn,
): MeasuredDrift {
  if (measure === 'ks' || measure === 'wasserstein') return ofSamples(measure, reference, current)
  const cells = isNumeric(reference)
    ? numberCells(reference, current, bins)
    : categoryCells(reference, current)
  if (cells === undefined) return none('it has too many different values to be categories')
  if (Math.min(total(cells.reference), total(cells.current)) < FEWEST)
    return none(`one side has fewer than ${FEWEST} rows`)
  const statistic = CELLS[measure]
  const raw = statistic(cells.reference, cells.current)
  const { bias, standardError } = spreadOf(cells.reference, cells.current, statistic, raw)
  const { df, statistic: chiSquare } = chiSquareOfTable(cells.reference, cells.current)
  const estimate = symmetricEstimate(freed(raw, bias), standardError, methodOf(measure))
  return { state: 'measured', raw, estimate, p: df === 0 ? 1 : chiSquareTail(chiSquare, df), cells }
}

type Statistic = (reference: Float64Array, current: Float64Array) => number

const CELLS: Record<'psi' | 'js' | 'cramers_v', Statistic> = {
  psi: populationStability,
  js: jensenShannonDistance,
  cramers_v: (reference, current) => chiSquareOfTable(reference, current).cramersV,
}

function ofSamples(measure: 'ks' | 'wasserstein', reference: AnyColumn, current: AnyColumn): MeasuredDrift {
  if (!allFinite(reference) || !allFinite(current)) return none('not all of its values are finite numbers')
  const sorted = ({ numbers }: AnyColumn) => numbers.filter(Number.isFinite).sort()
  const [a, b] = [sorted(reference), sorted(current)]
  if (Math.min(a.length, b.length) < FEWEST) return none(`one side has fewer than ${FEWEST} numbers`)
  const unit = measure === 'ks' ? 1 : deviation(a)
  if (unit === 0) return none('the reference has no spread to measure by')
  const raw = measure === 'ks' ? kolmogorovSmirnov(a, b) : wassersteinDistance(a, b) / unit
  const grid = gridOf(a, b)
  const statistic: Statistic = (n, m) => (measure === 'ks' ? grid.largest(n, m) : grid.area(n, m) / unit)
  const { bias, standardError } = spreadOf(grid.reference, grid.current, statistic)
  return {
    state: 'measured',
    raw,
    estimate: symmetricEstimate(freed(raw, bias), standardError, methodOf(measure)),
    p: measure === 'ks' ? kolmogorovTail(raw, a.length, b.length) : undefined,
    cells: undefined,
  }
}

/** Bias and spread of a statistic over replicates of both samples. */
function spreadOf(
  reference: Float64Array,
  current: Float64Array,
  statistic: Statistic,
  own = statistic(reference, current),
): { readonly bias: number; readonly standardError: number } {
  const [n, m] = [new Float64Array(reference.length), new Float64Array(current.length)]
  let [count, sum, squares] = [0, 0, 0]
  for (let replicate = 0; replicate < REPLICATES; replicate++) {
    resampleCounts(reference, SEED, replicate, n)
    resampleCounts(current, SEED + 1, replicate, m)
    const value = statistic(n, m)
    // A replicate that drew no row of one side says nothing.
    if (!Number.isFinite(value)) continue
    count++
    sum += value - own
    squares += (value - own) ** 2
  }
  const bias = sum / count
  return { bias, standardError: Math.sqrt(Math.max(0, squares / count - bias ** 2)) }
}

/** A distance is not negative: a sample that happens to lie evenly must not make its interval end below its error. */
function freed(raw: number, bias: number): number {
  return Math.max(0, raw - bias)
}

function methodOf(measure: Measure): string {
  return `${NAMES[measure]}; bias taken off, bootstrap of ${REPLICATES}`
}

/** A column is one of numbers when the reference's values are, and not just names such as 0 and 1. */
function isNumeric({ categories, missing, numbers, readable }: AnyColumn): boolean {
  const there = numbers.length - missing
  if (there === 0 || readable.number < there) return false
  return categories === undefined || categories.words.length > 20
}

/** Whether every value that is there can be placed on the line: those that cannot must not be passed over. */
function allFinite({ infinite, missing, numbers, readable }: AnyColumn): boolean {
  return infinite === 0 && readable.number === numbers.length - missing
}

function deviation(values: Float64Array): number {
  const mean = total(values) / values.length
  let squares = 0
  for (const value of values) squares += (value - mean) ** 2
  return Math.sqrt(squares / (values.length - 1))
}

function total(values: Float64Array): number {
  let sum = 0
  for (const value of values) sum += value
  return sum
}

function none(because: string): MeasuredDrift {
  return { state: 'undefined', because }
}
