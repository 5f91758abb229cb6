import { type AbsoluteSum, studentCdf, studentQuantile } from '@sluice/statistics'
import type { Estimate } from './estimate.js'

/** A sum of absolute values, or the difference of two, by its one-sided bounds with `df` degrees of freedom. */
export function absoluteSumEstimate(
  sum: AbsoluteSum,
  standardError: number,
  method: string,
  df: number,
): Estimate {
  return {
    value: sum.raw,
    standardError,
    method,
    interval(level) {
      const distance = -studentQuantile((1 - level) / 2, df)
      return { low: sum.lower(distance), high: sum.upper(distance) }
    },
    below: (threshold) => studentCdf(-sum.below(threshold), df),
    above: (threshold) => studentCdf(-sum.above(threshold), df),
  }
}
