import type { NumberColumn, WordColumn } from '../../table/table.js'
import type { SearchSpec } from '../spec.js'
import { collapse } from './collapse.js'
import { type Halves, rangesColumn, type SearchColumn, type Support, valuesColumn } from './column.js'
import { searchLattice } from './lattice.js'
import { literalsOf, membership } from './literals.js'
import type { Candidate } from './pool.js'

/** SliceLine's least support: one row in a hundred, and 32 (Sagadeeva & Boehm 2021). */
const SHARE = 100
const LEAST = 32

/** A slice that looked worse where it was searched. */
export interface FoundSlice {
  /** As it may be written in sluice.yaml. */
  readonly condition: string
  /** Places of its rows in the half that is tested. */
  readonly rows: Uint32Array
}

export interface Search {
  /** Slices with enough rows in both halves that were looked at. */
  readonly looked: number
  readonly support: Support
  readonly found: readonly FoundSlice[]
  /** Slices that look as bad, and cannot be judged on the rows that they have in the other half. */
  readonly unfit: number
}

/**
 * Looks for slices on which a model loses more than on the average row, in one half of the rows; says which rows of the
 * other half they have. Of that other half nothing is read but the columns, and what `fits` looks at.
 * @param losses of the rows of the half that is searched; they are changed
 * @param minRows rows that a slice needs in either half, at least
 * @param fits whether the rows of a slice in the other half can be judged at all
 */
export function searchSlices(
  spec: SearchSpec,
  all: ReadonlyMap<string, WordColumn | NumberColumn>,
  halves: Halves,
  losses: Float64Array,
  minRows: number,
  fits: (rows: Uint32Array) => boolean,
): Search {
  const support = {
    searched: Math.max(Math.ceil(halves.searched.length / SHARE), LEAST, minRows),
    tested: Math.max(LEAST, minRows),
  }
  const columns = columnsOf(spec, all, halves, support)
  const spread = centre(losses)
  const { looked, worst } = searchLattice({ columns, losses, spread, support, depth: spec.depth })
  const rowsOf = (candidate: Candidate) => testedRows(candidate, columns, halves.tested)
  let unfit = 0
  const found = collapse(worst, columns, losses, spread, spec.atMost, (one) => {
    const can = fits(rowsOf(one))
    if (!can) unfit++
    return can
  })
  return {
    looked,
    unfit,
    support,
    found: found.map((candidate) => ({
      condition: literalsOf(candidate, columns)
        .map(({ condition }) => condition)
        .join(' and '),
      rows: rowsOf(candidate),
    })),
  }
}

/** In the order of their names: a slice is called the same however the columns were listed. */
function columnsOf(
  { values, ranges }: SearchSpec,
  all: ReadonlyMap<string, WordColumn | NumberColumn>,
  halves: Halves,
  support: Support,
): SearchColumn[] {
  return [...values, ...ranges].sort().map((name) => {
    const column = all.get(name)!
    if (values.includes(name) && column.kind === 'word') return valuesColumn(name, column, halves, support)
    return rangesColumn(name, column, halves)
  })
}

/** Makes the mean 0, and gives the root mean square; 1 where every row is like the other. */
function centre(losses: Float64Array): number {
  const mean = losses.reduce((sum, loss) => sum + loss, 0) / losses.length
  let squares = 0
  for (let i = 0; i < losses.length; i++) {
    losses[i]! -= mean
    squares += losses[i]! ** 2
  }
  return Math.sqrt(squares / losses.length) || 1
}

function testedRows(candidate: Candidate, all: readonly SearchColumn[], tested: Uint32Array): Uint32Array {
  const isIn = membership(candidate, all, 'tested')
  const rows = new Uint32Array(candidate.tested)
  let found = 0
  for (let i = 0; i < tested.length; i++) if (isIn(i)) rows[found++] = tested[i]!
  return rows
}
