import type { Order } from '../ranks/order.js'
import { poissonWeights } from './poisson.js'

/** Rows that can be packed: two bits of 32 say the class and the tie. */
const ROW_LIMIT = 2 ** 30

/**
 * An order with what a replicate needs of it in one word a row: the row's number, whether its score equals the one
 * before, and whether it is of class `target`. It can be put into shared memory and read by many workers.
 * @throws RangeError beyond 2³⁰ rows
 */
export function packRanks({ rows, ties }: Order, labels: Int32Array, target = 1): Uint32Array {
  if (rows.length > ROW_LIMIT) throw new RangeError(`${rows.length} rows; at most ${ROW_LIMIT} can be packed`)
  const packed = new Uint32Array(rows.length)
  for (let i = 0; i < packed.length; i++) {
    const row = rows[i]!
    packed[i] = (row << 2) | (ties[i]! << 1) | (labels[row] === target ? 1 : 0)
  }
  return packed
}

/** Which replicates, and of what: row or cluster. Same seed and number, same replicate, wherever it is made. */
export interface Replicates {
  readonly seed: number
  /** The first, and the one after the last. Ranges made apart and joined are one range. */
  readonly from: number
  readonly to: number
  /** Cluster of each row: all its rows count equally often. */
  readonly clusters?: { readonly of: Int32Array; readonly count: number }
}

/**
 * Poisson bootstrap of the difference of two AUCs on the same rows: sorted once, weighted anew in every replicate,
 * both models with the same weights. Exact for ties, which count one half.
 * @returns a − b of each replicate; NaN where it drew no row of one class
 */
export function aucDifferenceReplicates(a: Uint32Array, b: Uint32Array, which: Replicates): Float64Array {
  const { seed, from, to, clusters } = which
  const drawn = new Uint8Array(clusters?.count ?? a.length)
  const weights = clusters === undefined ? drawn : new Uint8Array(a.length)
  const differences = new Float64Array(to - from)
  for (let replicate = from; replicate < to; replicate++) {
    poissonWeights(seed, replicate, drawn)
    if (clusters !== undefined)
      for (let row = 0; row < weights.length; row++) weights[row] = drawn[clusters.of[row]!]!
    differences[replicate - from] = weightedAuc(a, weights) - weightedAuc(b, weights)
  }
  return differences
}

function weightedAuc(packed: Uint32Array, weights: Uint8Array): number {
  let twiceWon = 0
  let positives = 0
  let negatives = 0
  let tiedPositives = 0
  let tiedNegatives = 0
  for (let i = 0; i < packed.length; i++) {
    const word = packed[i]!
    if ((word & 2) === 0) {
      twiceWon += tiedPositives * (2 * negatives + tiedNegatives)
      positives += tiedPositives
      negatives += tiedNegatives
      tiedPositives = 0
      tiedNegatives = 0
    }
    const weight = weights[word >>> 2]!
    // Without a branch, for no processor guesses a label.
    const own = weight & -(word & 1)
    tiedPositives += own
    tiedNegatives += weight - own
  }
  twiceWon += tiedPositives * (2 * negatives + tiedNegatives)
  return twiceWon / 2 / ((positives + tiedPositives) * (negatives + tiedNegatives))
}
