import { logPoisson } from './saddle-point.js'

const EPSILON = 1e-17
const TINY = 1e-300

/**
 * Regularised incomplete gamma functions: P(a, x) = γ(a, x)/Γ(a) and Q = 1 − P, each to full relative
 * precision in its own tail. Series below x = a + 1, Lentz's continued fraction above
 * (Abramowitz & Stegun 6.5.29, 6.5.31).
 * @param a above 0
 * @param x at least 0
 */
export function regularizedGamma(a: number, x: number): { lower: number; upper: number } {
  if (!(a > 0) || !(x >= 0)) return { lower: Number.NaN, upper: Number.NaN }
  if (x === 0) return { lower: 0, upper: 1 }
  if (x === Number.POSITIVE_INFINITY) return { lower: 1, upper: 0 }
  const scale = Math.exp(logPoisson(a, x))
  if (x < a + 1) {
    const lower = scale * series(a, x)
    return { lower, upper: 1 - lower }
  }
  const upper = scale * a * fraction(a, x)
  return { lower: 1 - upper, upper }
}

function series(a: number, x: number): number {
  let term = 1
  let sum = 1
  for (let k = 1; term > sum * EPSILON; k++) {
    term *= x / (a + k)
    sum += term
  }
  return sum
}

function fraction(a: number, x: number): number {
  let b = x + 1 - a
  let c = 1 / TINY
  let d = 1 / b
  let value = d
  for (let k = 1; k < 1_000_000; k++) {
    const an = -k * (k - a)
    b += 2
    d = 1 / away(an * d + b)
    c = away(b + an / c)
    const step = c * d
    value *= step
    if (Math.abs(step - 1) < 1e-16) break
  }
  return value
}

function away(value: number): number {
  return Math.abs(value) < TINY ? TINY : value
}
