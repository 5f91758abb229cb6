import type { SearchColumn, Support } from './column.js'
import { Cube, type Sums } from './cube.js'
import { type Candidate, Pool } from './pool.js'
import { addsTo, scoreBound, scoreOf, WORTH } from './score.js'

/** What a search is over. */
export interface Problem {
  readonly columns: readonly SearchColumn[]
  /** Losses of the rows of the half that is searched; their mean is 0. */
  readonly losses: Float64Array
  /** Their root mean square. */
  readonly spread: number
  readonly support: Support
  readonly depth: number
}

export interface Lattice {
  /** Slices with enough rows that were looked at; those that cannot be bad enough are not. */
  readonly looked: number
  readonly worst: readonly Candidate[]
}

/** Literals of one column, or pairs of those of two, that a deeper slice may be made of. */
type Open = Sums & { readonly most: number }

/**
 * The worst slices of one to three columns, level by level (SliceLine; Sagadeeva & Boehm 2021): what has too few rows or
 * cannot come to a score that matters, nothing is made of.
 */
export function searchLattice(problem: Problem): Lattice {
  const { columns, losses, spread, support, depth } = problem
  const pool = new Pool()
  let looked = 0
  const least = () => Math.max(WORTH, pool.least)
  const canMatter = (parents: readonly Open[]) =>
    scoreBound(
      Math.min(...parents.map(({ gross }) => gross)),
      Math.min(...parents.map(({ most }) => most)),
      support.searched,
      spread,
    ) >= least()

  /** Looks at one slice; gives what a deeper one needs to know of it, when one can be made of it. */
  const look = (
    at: Pick<Candidate, 'columns' | 'literals'>,
    sums: Sums,
    most: number,
    parents: readonly Sums[],
  ): Open | undefined => {
    if (sums.rows < support.searched || sums.tested < support.tested) return undefined
    looked++
    const score = scoreOf(sums, spread)
    if (score >= least() && parents.every((parent) => addsTo(parent, sums, spread)))
      pool.add({ ...at, ...sums, score })
    const open = { ...sums, most }
    return canMatter([open]) ? open : undefined
  }

  const singles = columns.map((column, c) => {
    const cube = new Cube([column], losses)
    const mosts = mostOf(column, losses)
    return column.literals.map((literal, l) => {
      const most = mosts.slice(literal.from, literal.to + 1).reduce((a, b) => Math.max(a, b), 0)
      return look({ columns: [c], literals: [l] }, cube.of([literal]), most, [])
    })
  })
  if (depth === 1) return { looked, worst: pool.worstFirst() }

  const pairs = new Map<string, (Open | undefined)[][]>()
  for (let i = 0; i < columns.length; i++)
    for (let j = i + 1; j < columns.length; j++) pairs.set(`${i},${j}`, pairsOf(i, j))
  if (depth === 2) return { looked, worst: pool.worstFirst() }

  for (let i = 0; i < columns.length; i++)
    for (let j = i + 1; j < columns.length; j++)
      for (let k = j + 1; k < columns.length; k++) triplesOf(i, j, k)
  return { looked, worst: pool.worstFirst() }

  function pairsOf(i: number, j: number): (Open | undefined)[][] {
    const [first, second] = [columns[i]!, columns[j]!]
    if (singles[i]!.every(isNone) || singles[j]!.every(isNone)) return []
    const cube = new Cube([first, second], losses)
    return singles[i]!.map((a, l) =>
      singles[j]!.map((b, m) => {
        if (a === undefined || b === undefined || !canMatter([a, b])) return undefined
        const sums = cube.of([first.literals[l]!, second.literals[m]!])
        return look({ columns: [i, j], literals: [l, m] }, sums, Math.min(a.most, b.most), [a, b])
      }),
    )
  }

  function triplesOf(i: number, j: number, k: number): void {
    const [first, second, third] = [columns[i]!, columns[j]!, columns[k]!]
    const [ij, ik, jk] = [pairs.get(`${i},${j}`)!, pairs.get(`${i},${k}`)!, pairs.get(`${j},${k}`)!]
    let cube: Cube | undefined
    for (const [l, row] of ij.entries())
      for (const [m, ab] of row.entries()) {
        if (ab === undefined) continue
        for (const [o, ac] of (ik[l] ?? []).entries()) {
          const bc = jk[m]?.[o]
          if (ac === undefined || bc === undefined || !canMatter([ab, ac, bc])) continue
          cube ??= new Cube([first, second, third], losses)
          const sums = cube.of([first.literals[l]!, second.literals[m]!, third.literals[o]!])
          look({ columns: [i, j, k], literals: [l, m, o] }, sums, 0, [ab, ac, bc])
        }
      }
  }
}

function isNone(one: Open | undefined): boolean {
  return one === undefined
}

/** The greatest loss in each cell. */
function mostOf({ cells, searched }: SearchColumn, losses: Float64Array): Float64Array {
  const most = new Float64Array(cells)
  for (let row = 0; row < losses.length; row++) {
    const cell = searched[row]!
    if (losses[row]! > most[cell]!) most[cell] = losses[row]!
  }
  return most
}
