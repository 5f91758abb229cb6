import { sqlNumber } from '../slices/condition/sql.js'

/** Steps that a score is cut into. */
export const BINS = 2 ** 16

/** Scores from `low` to before `high` lie evenly in `size` bins from `start` on. */
export interface Piece {
  readonly low: number
  readonly high: number
  readonly start: number
  readonly size: number
}

/** A rising function from scores to bins, of straight pieces. Ties stay together, and order is never turned round. */
export type ScoreMap = readonly Piece[]

export function evenMap(low: number, high: number): ScoreMap {
  return [{ low, high, start: 0, size: BINS }]
}

/** The bin of a score as SQL: a whole number as a double. */
export function binSql(map: ScoreMap, score: string): string {
  const place = ({ low, high, start, size }: Piece): string => {
    // Halves, so that the range of the largest doubles does not overflow.
    const width = high / 2 - low / 2
    if (!(width > 0)) return sqlNumber(start)
    const steps = `(${score} / 2 - ${sqlNumber(low / 2)}) * ${sqlNumber(size / width)}`
    return `${start} + least(${size - 1}, greatest(0, floor(${steps})))`
  }
  if (map.length === 1) return place(map[0]!)
  const cases = map
    .slice(0, -1)
    .map((piece, i) => `when ${score} < ${sqlNumber(map[i + 1]!.low)} then ${place(piece)}`)
  return `case ${cases.join(' ')} else ${place(map.at(-1)!)} end`
}

/** What lies in one bin: rows of both classes, and the least and greatest score. */
export interface BinContent {
  readonly bin: number
  readonly positives: number
  readonly negatives: number
  readonly low: number
  readonly high: number
}

/** Pairs of a positive and a negative row that share a bin without being tied, as a share of all pairs. */
export function unresolved(contents: readonly BinContent[]): number {
  let [positives, negatives, shared] = [0, 0, 0]
  for (const { positives: p, negatives: n, low, high } of contents) {
    positives += p
    negatives += n
    if (low < high) shared += p * n
  }
  return positives * negatives === 0 ? 0 : shared / (positives * negatives)
}

/** So few that the order within bins moves no AUC by 1e-6: what is left of it is random, or a slope within a bin. */
export const RESOLVED = 2 ** -12

/** Bins that are cut anew by themselves; the others share what is between. */
const HEAVY = 32
const LEAST = 64

/**
 * A finer map where many rows share a bin: such bins become pieces of their own from their least to their greatest score,
 * and every piece gets bins by its rows. No piece reaches over two of the map before, whose work would be undone.
 * @param contents by rising bin of `map`
 */
export function refinedMap(map: ScoreMap, contents: readonly BinContent[]): ScoreMap {
  const rows = ({ positives, negatives }: BinContent) => positives + negatives
  const pairs = ({ positives, negatives }: BinContent) => positives * negatives
  const all =
    contents.reduce((sum, one) => sum + one.positives, 0) *
    contents.reduce((sum, one) => sum + one.negatives, 0)
  const wide = contents.filter((one) => one.low < one.high && pairs(one) > (all * RESOLVED) / (2 * HEAVY))
  const heavy = new Set(wide.sort((a, b) => rows(b) - rows(a)).slice(0, HEAVY))
  const pieces: { low: number; high: number; rows: number }[] = []
  let open: { low: number; high: number; rows: number } | undefined
  let of = 0
  for (const one of contents) {
    const before = of
    while (of + 1 < map.length && one.bin >= map[of + 1]!.start) of++
    if (of !== before) open = undefined
    if (heavy.has(one)) {
      pieces.push({ low: one.low, high: one.high, rows: rows(one) })
      open = undefined
    } else if (open === undefined) {
      open = { low: one.low, high: one.high, rows: one.low < one.high ? rows(one) : 1 }
      pieces.push(open)
    } else {
      open.high = one.high
      open.rows += one.low < one.high ? rows(one) : 1
    }
  }
  const total = pieces.reduce((sum, piece) => sum + piece.rows, 0)
  const free = BINS - LEAST * pieces.length
  let start = 0
  return pieces.map(({ low, high, rows: own }) => {
    const size = LEAST + Math.floor((free * own) / total)
    start += size
    return { low, high, start: start - size, size }
  })
}
