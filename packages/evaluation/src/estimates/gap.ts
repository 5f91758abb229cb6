import { normalCdf, normalQuantile } from '@sluice/statistics'
import type { Estimate } from './estimate.js'

/** Difference of a rate between two groups, with its error. */
export interface PairOfGroups {
  readonly difference: number
  readonly standardError: number
}

/**
 * The largest of several absolute differences. Shown to be at most `t` when each of them is (intersection-union test,
 * Berger 1982); shown to be more than `t` when one is, at a level shared by all and both their directions (Bonferroni).
 */
export function gapEstimate(pairs: readonly PairOfGroups[], method: string): Estimate {
  const widest = pairs.reduce((a, b) => (Math.abs(b.difference) > Math.abs(a.difference) ? b : a))
  // Either group of a pair may be the one with the larger rate.
  const looks = 2 * pairs.length
  const tail = (distance: number, error: number) =>
    error === 0 ? (distance < 0 ? 0 : 1) : normalCdf(distance / error)
  return {
    value: Math.abs(widest.difference),
    standardError: widest.standardError,
    method,
    interval(level) {
      const one = -normalQuantile((1 - level) / 2)
      const shared = -normalQuantile((1 - level) / 2 / looks)
      return {
        low: Math.max(0, ...pairs.map((pair) => Math.abs(pair.difference) - shared * pair.standardError)),
        high: Math.max(...pairs.map((pair) => Math.abs(pair.difference) + one * pair.standardError)),
      }
    },
    below: (threshold) =>
      Math.max(...pairs.map((pair) => tail(Math.abs(pair.difference) - threshold, pair.standardError))),
    above: (threshold) =>
      Math.min(
        1,
        looks *
          Math.min(...pairs.map((pair) => tail(threshold - Math.abs(pair.difference), pair.standardError))),
      ),
  }
}
