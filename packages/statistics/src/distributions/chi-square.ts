import { regularizedGamma } from '../numerics/incomplete-gamma.js'

/** P(X > x) of the χ² distribution, to full relative precision. @param df above 0 */
export function chiSquareTail(x: number, df: number): number {
  return x <= 0 ? 1 : regularizedGamma(df / 2, x / 2).upper
}

/** P(X ≤ x) of the χ² distribution. */
export function chiSquareCdf(x: number, df: number): number {
  return x <= 0 ? 0 : regularizedGamma(df / 2, x / 2).lower
}
