import { logBinomial } from './saddle-point.js'

/**
 * Regularised incomplete beta function I_x(a, b) by the continued fraction of DiDonato & Morris (1992,
 * TOMS 708), whose distance from the mean, λ = a − (a+b)x, is formed without cancellation; its leading factor
 * by Loader's expansion. So degrees of freedom in the millions keep their digits.
 * @param a above 0
 * @param b above 0
 * @param x in [0, 1]
 * @param y 1 − x; give it where it is known more precisely than by subtraction
 */
export function regularizedBeta(a: number, b: number, x: number, y = 1 - x): number {
  if (!(a > 0) || !(b > 0) || !(x >= 0) || !(y >= 0)) return Number.NaN
  if (x === 0) return 0
  if (y === 0) return 1
  // The smaller of x and y carries more digits, so the distance is taken from it.
  const lambda = x > y ? (a + b) * y - b : a - (a + b) * x
  return lambda >= 0 ? part(a, b, x, y, lambda) : 1 - part(b, a, y, x, -lambda)
}

/** I_x(a, b) at or below the mean: λ ≥ 0. */
function part(a: number, b: number, x: number, y: number, lambda: number): number {
  const leading = Math.exp(logBinomial(a, a + b, x, y)) * a * (b / (a + b))
  return leading * fraction(a, b, x, y, lambda)
}

function fraction(a: number, b: number, x: number, y: number, lambda: number): number {
  const c = 1 + lambda
  const c0 = b / a
  const c1 = 1 + 1 / a
  let p = 1
  let s = a + 1
  let previous = 0
  let previousBelow = 1
  let above = 1
  let below = c / c1
  let value = c1 / c
  for (let n = 1; n < 100_000; n++) {
    const t = n / a
    const w = n * (b - n) * x
    const e = a / s
    const alpha = p * (p + c0) * e * e * (w * x)
    const beta = n + w / s + ((1 + t) / (c1 + 2 * t)) * (c + n * (1 + y))
    p = 1 + t
    s += 2
    const nextAbove = alpha * previous + beta * above
    const nextBelow = alpha * previousBelow + beta * below
    const next = nextAbove / nextBelow
    if (Math.abs(next - value) <= 1e-16 * next) return next
    value = next
    previous = above / nextBelow
    previousBelow = below / nextBelow
    above = next
    below = 1
  }
  return value
}
