import { logGamma, stirlingError } from '../numerics/gamma.js'
import { regularizedBeta } from '../numerics/incomplete-beta.js'
import { risingRoot } from '../numerics/root.js'
import { normalQuantile } from './normal.js'

/** P(T ≤ t) of Student's distribution; each tail to full relative precision. @param df above 0 */
export function studentCdf(t: number, df: number): number {
  if (Number.isNaN(t) || !(df > 0)) return Number.NaN
  if (t === 0) return 0.5
  const square = t * t
  if (square === Number.POSITIVE_INFINITY) return t < 0 ? 0 : 1
  const tail = 0.5 * regularizedBeta(df / 2, 0.5, df / (df + square), square / (df + square))
  return t < 0 ? tail : 1 - tail
}

/** The t with P(T ≤ t) = p. @param df at least 1 */
export function studentQuantile(p: number, df: number): number {
  if (!(p >= 0 && p <= 1) || !(df >= 1)) return Number.NaN
  if (p === 0.5) return 0
  if (p > 0.5) return -studentQuantile(1 - p, df)
  if (p === 0) return Number.NEGATIVE_INFINITY
  if (df === 1) return -1 / Math.tan(Math.PI * p)
  const z = normalQuantile(p)
  let low = 2 * z - 2
  while (studentCdf(low, df) > p) low *= 2
  // Two terms of the Cornish-Fisher expansion (Abramowitz & Stegun 26.7.5) to start from.
  const start = Math.max(low * 0.999, z + (z ** 3 + z) / (4 * df))
  return risingRoot(
    (t) => studentCdf(t, df) / p - 1,
    low,
    0,
    (t) => density(t, df) / p,
    start,
  )
}

function density(t: number, df: number): number {
  // Γ((ν+1)/2)/Γ(ν/2) by Stirling's formula where the two log-gammas would cancel.
  const log =
    df < 30
      ? logGamma((df + 1) / 2) - logGamma(df / 2) - 0.5 * Math.log(df)
      : stirlingError((df - 1) / 2) -
        stirlingError(df / 2 - 1) +
        (df / 2) * Math.log1p(1 / (df - 2)) +
        0.5 * Math.log((df - 2) / 2) -
        0.5 -
        0.5 * Math.log(df)
  return Math.exp(log - ((df + 1) / 2) * Math.log1p((t * t) / df)) / Math.sqrt(Math.PI)
}
