import type { Literal, SearchColumn } from './column.js'
import { literalsOf, membership } from './literals.js'
import type { Candidate } from './pool.js'
import { scoreOf, WORTH } from './score.js'

/** Of the rows of a slice, so many must be in none that is worse. */
const NEW = 0.5

/**
 * The slices that say something of their own, the worst first. One goes when half of its rows are in slices that are
 * worse, or when those that are not look no worse than chance: then it was bad for what they already say.
 * @param candidates the worst first
 * @param fits whether a slice can be tested at all; asked last
 */
export function collapse(
  candidates: readonly Candidate[],
  columns: readonly SearchColumn[],
  losses: Float64Array,
  spread: number,
  atMost: number,
  fits: (candidate: Candidate) => boolean,
): Candidate[] {
  const taken = new Uint8Array(losses.length)
  const found: Candidate[] = []
  for (const candidate of withoutNeighbours(candidates, columns)) {
    if (found.length === atMost) break
    const isIn = membership(candidate, columns, 'searched')
    let [rows, sum] = [0, 0]
    for (let row = 0; row < losses.length; row++) {
      if (taken[row] === 1 || !isIn(row)) continue
      rows++
      sum += losses[row]!
    }
    if (rows < NEW * candidate.rows || scoreOf({ sum, rows }, spread) < WORTH || !fits(candidate)) continue
    found.push(candidate)
    for (let row = 0; row < losses.length; row++) if (isIn(row)) taken[row] = 1
  }
  return found
}

/** Of slices of the same columns that overlap in each of them, the worst: the others are it with another edge. */
function* withoutNeighbours(
  candidates: readonly Candidate[],
  columns: readonly SearchColumn[],
): Iterable<Candidate> {
  const kept = new Map<string, (readonly Literal[])[]>()
  for (const candidate of candidates) {
    const literals = literalsOf(candidate, columns)
    const key = candidate.columns.join()
    const others = kept.get(key) ?? []
    if (others.some((other) => other.every((one, d) => overlap(one, literals[d]!)))) continue
    kept.set(key, [...others, literals])
    yield candidate
  }
}

function overlap(a: Literal, b: Literal): boolean {
  return a.from <= b.to && b.from <= a.to
}
