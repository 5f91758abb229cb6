import { studentQuantile } from '../distributions/student.js'
import { compensatedSum } from '../numerics/sums.js'
import { influenceSpread, type Spread } from './influence.js'
import type { Interval } from './interval.js'

/** Mean of paired differences, its spread (t with n−1 or G−1 degrees of freedom) and two-sided interval. */
export function meanInterval(
  differences: Float64Array,
  level: number,
  clusters?: { readonly of: Int32Array; readonly count: number },
): Spread & Interval & { readonly mean: number } {
  const n = differences.length
  const mean = compensatedSum(differences) / n
  const spread = influenceSpread(
    differences.map((value) => (value - mean) / n),
    clusters,
  )
  const reach = -studentQuantile((1 - level) / 2, spread.df) * spread.standardError
  return { ...spread, mean, low: mean - reach, high: mean + reach }
}
