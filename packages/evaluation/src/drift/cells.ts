import { type CellShares, cellSharesOf, type Distribution } from '@sluice/statistics'
import type { AnyColumn } from '../table/table.js'
import type { Sampled } from './sampled.js'

/** Both samples of one column in the same cells. */
export interface Cells {
  readonly names: readonly string[]
  readonly reference: CellShares
  readonly current: CellShares
}

/** Categories of the reference beyond this many are one cell, the rarest; so are all that the reference does not know. */
const CATEGORIES = 100

/**
 * Rows by bins of numbers: between quantiles of the reference, which the current data has no part in, so that the same
 * drift is measured the same tomorrow. Missing values are a bin of their own where there are any.
 * @param distribution of the reference's numbers
 */
export function numberCells(
  reference: Sampled,
  current: Sampled,
  distribution: Distribution,
  bins: number,
): Cells {
  const edges: number[] = []
  for (let bin = 1; bin < bins; bin++) {
    // A share that is a quantile but for its rounding is that quantile.
    const step = lowerBound(distribution.share, bin / bins - 1e-12)
    const edge = distribution.at[Math.min(step, distribution.at.length - 1)]!
    if (edge !== edges.at(-1)) edges.push(edge)
  }
  // An upper edge belongs to its bin; the last edge of a reference that piles up at its end leaves the bin above empty.
  const cellOf = (value: number) => (Number.isNaN(value) ? edges.length + 1 : lowerBound(edges, value))
  const names = [
    ...edges.map((edge) => `up to ${edge}`),
    `over ${edges.at(-1) ?? ''}`,
    'missing or no number',
  ]
  const inCells = ({ column }: Sampled) => Int32Array.from(column.numbers, cellOf)
  return occupied(names, [reference, inCells(reference)], [current, inCells(current)])
}

/** Rows by category; undefined when one side has too many different values to be categories. */
export function categoryCells(reference: Sampled, current: Sampled): Cells | undefined {
  const [ours, theirs] = [reference.column.categories, current.column.categories]
  if (ours === undefined || theirs === undefined) return undefined
  const known = tally(ours, reference.weighing.weights)
  const kept = [...known].sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1)).slice(0, CATEGORIES)
  const names = kept.map(([word]) => word).sort()
  const place = new Map(names.map((word, index) => [word, index]))
  const inCells = ({ codes, words }: NonNullable<AnyColumn['categories']>) => {
    const cellOfCode = Int32Array.from(words, (word) => place.get(word) ?? names.length)
    return codes.map((code) => cellOfCode[code]!)
  }
  return occupied(
    [...names.map((word) => word || 'missing'), 'other'],
    [reference, inCells(ours)],
    [current, inCells(theirs)],
  )
}

function tally(
  { codes, words }: NonNullable<AnyColumn['categories']>,
  weights: Float64Array | undefined,
): Map<string, number> {
  const counts = new Float64Array(words.length)
  for (let row = 0; row < codes.length; row++) counts[codes[row]!]! += weights?.[row] ?? 1
  return new Map(words.map((word, code) => [word, counts[code]!]))
}

type InCells = readonly [of: Sampled, cells: Int32Array]

/** Without the cells that neither side has. */
function occupied(names: readonly string[], reference: InCells, current: InCells): Cells {
  const has = new Uint8Array(names.length)
  for (const [, cells] of [reference, current]) for (const cell of cells) has[cell] = 1
  const kept = names.map((_, cell) => cell).filter((cell) => has[cell] === 1)
  const renumbered = Int32Array.from(names, (_, cell) => kept.indexOf(cell))
  const shares = ([{ weighing }, cells]: InCells) =>
    cellSharesOf(
      cells.map((cell) => renumbered[cell]!),
      kept.length,
      weighing,
    )
  return { names: kept.map((cell) => names[cell]!), reference: shares(reference), current: shares(current) }
}

/** The first edge that is at least `value`. */
function lowerBound(edges: ArrayLike<number>, value: number): number {
  let [low, high] = [0, edges.length]
  while (low < high) {
    const middle = (low + high) >>> 1
    if (edges[middle]! < value) low = middle + 1
    else high = middle
  }
  return low
}
