import type { Weighed } from './groups.js'

/** Rows by label and bin, with the least and the greatest score of each group. */
export interface BinGroups extends Weighed {
  readonly labels: Int32Array
  readonly bins: Float64Array
  readonly low: Float64Array
  readonly high: Float64Array
}

export interface SpreadOut extends Weighed {
  readonly labels: Int32Array
  readonly bins: Float64Array
  readonly scores: Float64Array
}

/** A group is cut into no more pieces than this. */
const PIECES = 64

/**
 * Scores that stand for those of the rows in bins: one row of a group at its least score, one at its greatest, the others
 * evenly between. Groups of one or two rows, and tied ones, come out as they were.
 * @param resolution of the rows from the top down, the share of a rank that pieces may have: 1/resolution. Average
 *   precision turns on the first ranks; 0 where a piece a group is enough
 */
export function spreadOut(groups: BinGroups, members: Int32Array, resolution: number): SpreadOut {
  const pieces = piecesOf(groups, members, resolution)
  const total = pieces.reduce((sum, count) => sum + count, 0)
  const [labels, bins, scores] = [new Int32Array(total), new Float64Array(total), new Float64Array(total)]
  const rows = new Float64Array(total)
  // Without weights all four are one array, here as there.
  const plain = groups.weights === groups.rows
  const [counted, weights, squares] = plain
    ? [rows, rows, rows]
    : [new Float64Array(total), new Float64Array(total), new Float64Array(total)]
  let next = 0
  const put = (group: number, score: number, share: number) => {
    labels[next] = groups.labels[group]!
    bins[next] = groups.bins[group]!
    scores[next] = score
    rows[next] = share * groups.rows[group]!
    if (!plain) {
      counted[next] = share * groups.counted[group]!
      weights[next] = share * groups.weights[group]!
      squares[next] = share * groups.squares[group]!
    }
    next++
  }
  for (const [i, group] of members.entries()) {
    const [low, high, size] = [groups.low[group]!, groups.high[group]!, groups.rows[group]!]
    const inner = pieces[i]! - 2
    if (inner < 0) {
      put(group, low, 1)
      continue
    }
    put(group, low, 1 / size)
    for (let piece = 0; piece < inner; piece++)
      put(group, low + ((piece + 0.5) / inner) * (high - low), (1 - 2 / size) / inner)
    put(group, high, 1 / size)
  }
  return { labels, bins, scores, rows, counted, weights, squares }
}

/** How many rows each group becomes, from the highest bin down. */
function piecesOf(groups: BinGroups, members: Int32Array, resolution: number): Int32Array {
  const order = Int32Array.from(members.keys()).sort(
    (a, b) => groups.bins[members[b]!]! - groups.bins[members[a]!]!,
  )
  const pieces = new Int32Array(members.length)
  let above = 0
  for (const i of order) {
    const group = members[i]!
    const rows = groups.rows[group]!
    above += rows
    if (rows < 2 || groups.low[group] === groups.high[group]) pieces[i] = 1
    else
      pieces[i] =
        2 + (rows <= 2 ? 0 : Math.max(1, Math.min(rows - 2, PIECES, Math.ceil((rows * resolution) / above))))
  }
  return pieces
}
