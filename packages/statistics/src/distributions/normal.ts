import { regularizedGamma } from '../numerics/incomplete-gamma.js'

/** P(Z ≤ z) of the standard normal distribution, to full relative precision in the lower tail. */
export function normalCdf(z: number): number {
  const { lower, upper } = regularizedGamma(0.5, (z * z) / 2)
  return z < 0 ? upper / 2 : 0.5 + lower / 2
}

/** Density of the standard normal distribution. */
export function normalDensity(z: number): number {
  return Math.exp(-0.5 * z * z) * 0.3989422804014327
}

/** Acklam's rational approximation of the lower half (relative error 1.2e-9), polished below. */
const A = [
  -3.969683028665376e1, 2.209460984245205e2, -2.759285104469687e2, 1.38357751867269e2, -3.066479806614716e1,
  2.506628277459239,
]
const B = [
  -5.447609879822406e1, 1.615858368580409e2, -1.556989798598866e2, 6.680131188771972e1, -1.328068155288572e1,
  1,
]
const C = [
  -7.784894002430293e-3, -3.223964580411365e-1, -2.400758277161838, -2.549732539343734, 4.374664141464968,
  2.938163982698783,
]
const D = [7.784695709041462e-3, 3.224671290700398e-1, 2.445134137142996, 3.754408661907416, 1]

/** The z with P(Z ≤ z) = p; ±Infinity at 0 and 1. */
export function normalQuantile(p: number): number {
  if (!(p >= 0 && p <= 1)) return Number.NaN
  if (p === 0) return Number.NEGATIVE_INFINITY
  if (p === 1) return Number.POSITIVE_INFINITY
  if (p > 0.5) return -normalQuantile(1 - p)
  let z: number
  if (p < 0.02425) {
    const q = Math.sqrt(-2 * Math.log(p))
    z = polynomial(C, q) / polynomial(D, q)
  } else {
    const q = p - 0.5
    z = (q * polynomial(A, q * q)) / polynomial(B, q * q)
  }
  // Halley's method: each step triples the digits.
  for (let i = 0; i < 2; i++) {
    const u = (normalCdf(z) - p) / normalDensity(z)
    z -= u / (1 + (z * u) / 2)
  }
  return z
}

function polynomial(coefficients: readonly number[], x: number): number {
  let value = 0
  for (const coefficient of coefficients) value = value * x + coefficient
  return value
}
