import type { AnyColumn } from '../table/table.js'

/** Both samples of one column in the same cells. */
export interface Cells {
  readonly names: readonly string[]
  readonly reference: Float64Array
  readonly current: Float64Array
}

/** Categories of the reference beyond this many are one cell, the rarest; so are all that the reference does not know. */
const CATEGORIES = 100

/**
 * Rows by bins of numbers: between quantiles of the reference, which the current data has no part in, so that the same
 * drift is measured the same tomorrow. Missing values are a bin of their own where there are any.
 */
export function numberCells(reference: AnyColumn, current: AnyColumn, bins: number): Cells {
  const sorted = reference.numbers.filter((value) => !Number.isNaN(value)).sort()
  const edges: number[] = []
  for (let bin = 1; bin < bins; bin++) {
    const edge = sorted[Math.min(sorted.length - 1, Math.ceil((bin / bins) * sorted.length) - 1)]!
    if (edge !== edges.at(-1)) edges.push(edge)
  }
  // An upper edge belongs to its bin; the last edge of a reference that piles up at its end leaves the bin above empty.
  const cellOf = (value: number) => (Number.isNaN(value) ? edges.length + 1 : lowerBound(edges, value))
  const count = ({ numbers }: AnyColumn) => {
    const counts = new Float64Array(edges.length + 2)
    for (const value of numbers) counts[cellOf(value)]!++
    return counts
  }
  const names = [
    ...edges.map((edge) => `up to ${edge}`),
    `over ${edges.at(-1) ?? ''}`,
    'missing or no number',
  ]
  return occupied(names, count(reference), count(current))
}

/** Rows by category; undefined when one side has too many different values to be categories. */
export function categoryCells(reference: AnyColumn, current: AnyColumn): Cells | undefined {
  if (reference.categories === undefined || current.categories === undefined) return undefined
  const known = tally(reference.categories)
  const kept = [...known].sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1)).slice(0, CATEGORIES)
  const names = kept.map(([word]) => word).sort()
  const place = new Map(names.map((word, index) => [word, index]))
  const count = (of: ReadonlyMap<string, number>) => {
    const counts = new Float64Array(names.length + 1)
    for (const [word, rows] of of) counts[place.get(word) ?? names.length]! += rows
    return counts
  }
  return occupied(
    [...names.map((word) => word || 'missing'), 'other'],
    count(known),
    count(tally(current.categories)),
  )
}

function tally({ codes, words }: NonNullable<AnyColumn['categories']>): Map<string, number> {
  const counts = new Float64Array(words.length)
  for (const code of codes) counts[code]!++
  return new Map(words.map((word, code) => [word, counts[code]!]))
}

/** Without the cells that neither side has. */
function occupied(names: readonly string[], reference: Float64Array, current: Float64Array): Cells {
  const kept = names.map((_, cell) => cell).filter((cell) => reference[cell]! + current[cell]! > 0)
  return {
    names: kept.map((cell) => names[cell]!),
    reference: Float64Array.from(kept, (cell) => reference[cell]!),
    current: Float64Array.from(kept, (cell) => current[cell]!),
  }
}

/** The first edge that is at least `value`. */
function lowerBound(edges: readonly number[], value: number): number {
  let [low, high] = [0, edges.length]
  while (low < high) {
    const middle = (low + high) >>> 1
    if (edges[middle]! < value) low = middle + 1
    else high = middle
  }
  return low
}
