import { logGamma, stirlingError } from './gamma.js'

const HALF_LOG_TWO_PI = 0.9189385332046728

/**
 * Deviance term x ln(x/m) + m − x without cancellation near x = m (Loader 2000, "Fast and accurate
 * computation of binomial probabilities").
 * @param x at least 0
 * @param mean above 0
 */
export function devianceTerm(x: number, mean: number): number {
  if (x === 0) return mean
  const v = (x - mean) / (x + mean)
  if (Math.abs(v) >= 0.1) return x * Math.log(x / mean) + mean - x
  let sum = (x - mean) * v
  let term = 2 * x * v
  for (let j = 1; j < 1000; j++) {
    term *= v * v
    const next = sum + term / (2 * j + 1)
    if (next === sum) break
    sum = next
  }
  return sum
}

/**
 * ln of Γ(n+1)/(Γ(x+1)Γ(n−x+1)) pˣ qⁿ⁻ˣ for real 0 ≤ x ≤ n, by Loader's saddle-point expansion: the
 * relative error stays near 1e-15 times the deviance however large n is, where differences of
 * log-gamma values lose it.
 * @param q 1 − p, given so that neither loses digits
 */
export function logBinomial(x: number, n: number, p: number, q: number): number {
  if (x === 0) return n === 0 ? 0 : p < 0.1 ? n * Math.log1p(-p) : n * Math.log(q)
  if (x === n) return q < 0.1 ? n * Math.log1p(-q) : n * Math.log(p)
  const rest = n - x
  const correction = stirlingError(n) - stirlingError(x) - stirlingError(rest)
  const deviance = devianceTerm(x, n * p) + devianceTerm(rest, n * q)
  return correction - deviance - HALF_LOG_TWO_PI - 0.5 * Math.log(x * (rest / n))
}

/** ln of mˣ e⁻ᵐ / Γ(x+1) for real x ≥ 0, by the same expansion. */
export function logPoisson(x: number, mean: number): number {
  if (x === 0) return -mean
  if (x < 1e-8) return x * Math.log(mean) - mean - logGamma(x + 1)
  return -stirlingError(x) - devianceTerm(x, mean) - HALF_LOG_TWO_PI - 0.5 * Math.log(x)
}
