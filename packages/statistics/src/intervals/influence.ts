import { compensatedSquares, compensatedSum } from '../numerics/sums.js'

/** Spread of an estimate, and the degrees of freedom of the t-distribution it is held against. */
export interface Spread {
  readonly standardError: number
  readonly df: number
}

/** Rows of each group, the sum of their weights, and that of the squares of those. */
export interface Groups {
  readonly rows: Float64Array
  readonly weights: Float64Array
  readonly squares: Float64Array
}

/**
 * Standard error of an estimate from its influence values ψ: how much each row moves it (infinitesimal
 * jackknife). Rows of one cluster are summed first and G/(G−1) applied, so that ten rows of one user do not
 * count as ten users. One path for means, ratios, AUC and average precision, paired or not.
 * @param influence ψᵢ, scaled so that the variance of the estimate is Σψᵢ² for independent rows; their own
 *   small-sample factor is applied here as n/(n−1)
 * @param clusters cluster of each row, 0 … G−1
 * @param groups where each value is the sum over a group of rows that all have the same one but for their weights
 */
export function influenceSpread(
  influence: Float64Array,
  clusters?: { readonly of: Int32Array; readonly count: number },
  groups?: Groups,
): Spread {
  if (groups !== undefined && clusters === undefined) return spreadOfGroups(influence, groups)
  let sums = influence
  if (clusters !== undefined) {
    sums = new Float64Array(clusters.count)
    for (let i = 0; i < influence.length; i++) sums[clusters.of[i]!]! += influence[i]!
  }
  return spreadOfSquares(compensatedSquares(sums), sums.length)
}

/** The same from Σψ² alone, of rows that are independent and count once each. */
export function spreadOfSquares(squares: number, rows: number): Spread {
  if (rows < 2) return { standardError: Number.POSITIVE_INFINITY, df: 1 }
  return { standardError: Math.sqrt((squares * rows) / (rows - 1)), df: rows - 1 }
}

/** A row of weight w has the share w/Σw of its group's influence ψ, so that the group adds ψ²·Σw²/(Σw)². */
function spreadOfGroups(influence: Float64Array, { rows, weights, squares }: Groups): Spread {
  const n = compensatedSum(rows)
  if (n < 2) return { standardError: Number.POSITIVE_INFINITY, df: 1 }
  const all = influence.map((psi, g) => (psi === 0 ? 0 : (psi * psi * squares[g]!) / weights[g]! ** 2))
  return { standardError: Math.sqrt((compensatedSum(all) * n) / (n - 1)), df: n - 1 }
}
