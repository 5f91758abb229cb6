import { distributionOf, type Mass } from '@sluice/statistics'
import type { DriftRule } from '../schema/section.js'
import type { AnyColumn } from '../table/table.js'
import { categoryCells, numberCells } from './cells.js'
import { measureCells } from './divergence.js'
import { measureKolmogorov } from './kolmogorov.js'
import { type MeasuredDrift, none } from './measured.js'
import { finiteRows, type Sampled } from './sampled.js'
import { measureWasserstein } from './wasserstein.js'

/** Rows that each side must have: of fewer, all alike, nothing says how they might have differed. */
const FEWEST = 50
/** Clusters that each side must have: the spread of fewer is not known. */
const FEWEST_CLUSTERS = 20

/**
 * How far a column has moved from its reference. Every measure of distance is biased upwards near none; each has an
 * interval that reckons with that, and with rows that count differently or go together.
 */
export function measureDrift(
  { bins, measure }: Pick<DriftRule, 'bins' | 'measure'>,
  reference: AnyColumn | Sampled,
  current: AnyColumn | Sampled,
): MeasuredDrift {
  const [ours, theirs] = [sampled(reference), sampled(current)]
  const samples = measure === 'ks' || measure === 'wasserstein'
  if (samples && !(allFinite(ours.column) && allFinite(theirs.column)))
    return none('not all of its values are finite numbers')
  const [a, b] = [finiteRows(ours), finiteRows(theirs)]
  if (samples) {
    const rows = Math.min(a.values.length, b.values.length)
    if (rows < FEWEST) return none(`one side has fewer than ${FEWEST} numbers`)
    const [first, second] = [distributionOf(a.values, a.weighing), distributionOf(b.values, b.weighing)]
    const few = tooFew(first.mass, second.mass, ours)
    if (few !== undefined) return few
    return measure === 'ks' ? measureKolmogorov(first, second) : measureWasserstein(first, second)
  }
  const cells = isNumeric(ours.column)
    ? numberCells(ours, theirs, distributionOf(a.values, a.weighing), bins)
    : categoryCells(ours, theirs)
  if (cells === undefined) return none('it has too many different values to be categories')
  return tooFew(cells.reference.mass, cells.current.mass, ours) ?? measureCells(measure, cells)
}

function sampled(of: AnyColumn | Sampled): Sampled {
  return 'column' in of ? of : { column: of, weighing: {} }
}

function tooFew(a: Mass, b: Mass, { weighing }: Sampled): MeasuredDrift | undefined {
  if (weighing.clusters !== undefined && Math.min(a.units, b.units) < FEWEST_CLUSTERS)
    return none(`one side has fewer than ${FEWEST_CLUSTERS} clusters`)
  if (Math.min(a.rows, b.rows) >= FEWEST) return undefined
  return none(
    `one side has fewer than ${FEWEST} rows${weighing.weights === undefined ? '' : ', by its weights'}`,
  )
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
