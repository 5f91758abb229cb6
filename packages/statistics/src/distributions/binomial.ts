import { regularizedBeta } from '../numerics/incomplete-beta.js'
import { logBinomial } from '../numerics/saddle-point.js'

/** P(X = k) of the binomial distribution. */
export function binomialProbability(k: number, n: number, p: number): number {
  if (k < 0 || k > n) return 0
  if (p === 0 || p === 1) return k === n * p ? 1 : 0
  return Math.exp(logBinomial(k, n, p, 1 - p))
}

/** P(X ≤ k) of the binomial distribution. */
export function binomialCdf(k: number, n: number, p: number): number {
  if (k < 0) return 0
  return k >= n ? 1 : regularizedBeta(n - k, k + 1, 1 - p, p)
}
