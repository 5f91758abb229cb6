const HALF_LOG_TWO_PI = 0.9189385332046728

/** Coefficients of the Stirling series, B₂ₖ / (2k (2k−1)) (Abramowitz & Stegun 6.1.41). */
const STIRLING = [
  1 / 12,
  -1 / 360,
  1 / 1260,
  -1 / 1680,
  1 / 1188,
  -691 / 360360,
  1 / 156,
  -3617 / 122400,
  43867 / 244188,
] as const

/** Above this the series is exact to double precision. */
const SERIES_FROM = 15

function stirlingSeries(x: number): number {
  const square = 1 / (x * x)
  let sum = 0
  for (let k = STIRLING.length - 1; k >= 0; k--) sum = sum * square + STIRLING[k]!
  return sum / x
}

/** ln Γ(x+1) − (x+½) ln x + x − ½ ln 2π for x > 0: what Stirling's formula leaves out. */
export function stirlingError(x: number): number {
  if (x >= SERIES_FROM) return stirlingSeries(x)
  return logGamma(x + 1) - (x + 0.5) * Math.log(x) + x - HALF_LOG_TWO_PI
}

/**
 * ln Γ(x) for x > 0. Absolute error about 1e-15 below 15, relative error about 1e-16 above: the argument
 * is raised to 15 by the recurrence Γ(x+1) = xΓ(x), then the Stirling series holds.
 */
export function logGamma(x: number): number {
  if (!(x > 0)) return x === 0 ? Number.POSITIVE_INFINITY : Number.NaN
  if (x === 1 || x === 2) return 0
  let product = 1
  let raised = x
  while (raised < SERIES_FROM) {
    product *= raised
    raised += 1
  }
  return (
    (raised - 0.5) * Math.log(raised) - raised + HALF_LOG_TWO_PI + stirlingSeries(raised) - Math.log(product)
  )
}
