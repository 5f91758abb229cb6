import { logGamma } from '../numerics/gamma.js'
import { regularizedBeta } from '../numerics/incomplete-beta.js'
import { risingRoot } from '../numerics/root.js'

/** P(X ≤ x) of the beta distribution. @param a above 0 @param b above 0 */
export function betaCdf(x: number, a: number, b: number): number {
  return x <= 0 ? 0 : x >= 1 ? 1 : regularizedBeta(a, b, x)
}

/** The x with P(X ≤ x) = p. */
export function betaQuantile(p: number, a: number, b: number): number {
  if (!(p >= 0 && p <= 1) || !(a > 0) || !(b > 0)) return Number.NaN
  if (p === 0 || p === 1) return p
  const logBeta = logGamma(a) + logGamma(b) - logGamma(a + b)
  const density = (x: number) => Math.exp((a - 1) * Math.log(x) + (b - 1) * Math.log1p(-x) - logBeta)
  return risingRoot((x) => regularizedBeta(a, b, x) - p, 0, 1, density, a / (a + b))
}
