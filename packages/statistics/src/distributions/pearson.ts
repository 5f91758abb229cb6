import { regularizedGamma } from '../numerics/incomplete-gamma.js'
import { normalCdf } from './normal.js'

/** Below, a gamma variable is a normal one to all digits that matter. */
const SKEWED = 1e-4

/**
 * Tails of a variable of this mean, variance and third central moment, by the gamma distribution that has them (Pearson's
 * type III): exact for a χ², and close for every quadratic form in normal variables (Imhof 1961).
 * @param third at least 0
 */
export function pearsonTails(
  x: number,
  mean: number,
  variance: number,
  third: number,
): { readonly lower: number; readonly upper: number } {
  const deviation = Math.sqrt(variance)
  const z = (x - mean) / deviation
  const skewness = third / deviation ** 3
  if (!(skewness > SKEWED)) return { lower: normalCdf(z), upper: normalCdf(-z) }
  const shape = 4 / skewness ** 2
  const from = z + 2 / skewness
  return from <= 0 ? { lower: 0, upper: 1 } : regularizedGamma(shape, (from * 2) / skewness)
}
