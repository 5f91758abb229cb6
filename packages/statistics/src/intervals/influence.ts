import { compensatedSquares } from '../numerics/sums.js'

/** Spread of an estimate, and the degrees of freedom of the t-distribution it is held against. */
export interface Spread {
  readonly standardError: number
  readonly df: number
}

/**
 * Standard error of an estimate from its influence values ψ: how much each row moves it (infinitesimal
 * jackknife). Rows of one cluster are summed first and G/(G−1) applied, so that ten rows of one user do not
 * count as ten users. One path for means, ratios, AUC and average precision, paired or not.
 * @param influence ψᵢ, scaled so that the variance of the estimate is Σψᵢ² for independent rows; their own
 *   small-sample factor is applied here as n/(n−1)
 * @param clusters cluster of each row, 0 … G−1
 */
export function influenceSpread(
  influence: Float64Array,
  clusters?: { readonly of: Int32Array; readonly count: number },
): Spread {
  let sums = influence
  if (clusters !== undefined) {
    sums = new Float64Array(clusters.count)
    for (let i = 0; i < influence.length; i++) sums[clusters.of[i]!]! += influence[i]!
  }
  const n = sums.length
  if (n < 2) return { standardError: Number.POSITIVE_INFINITY, df: 1 }
  return { standardError: Math.sqrt((compensatedSquares(sums) * n) / (n - 1)), df: n - 1 }
}
