import { betaQuantile } from '../distributions/beta.js'
import { normalQuantile } from '../distributions/normal.js'
import type { Interval } from './interval.js'

/**
 * Wilson's score interval of a proportion (Wilson 1927), without continuity correction.
 * @param level two-sided confidence in (0, 1)
 */
export function wilsonInterval(successes: number, trials: number, level: number): Interval {
  if (trials === 0) return { low: 0, high: 1 }
  const z = -normalQuantile((1 - level) / 2)
  const p = successes / trials
  const centre = p + (z * z) / (2 * trials)
  const reach = z * Math.sqrt((p * (1 - p)) / trials + (z * z) / (4 * trials * trials))
  const scale = 1 + (z * z) / trials
  return {
    low: successes === 0 ? 0 : (centre - reach) / scale,
    high: successes === trials ? 1 : (centre + reach) / scale,
  }
}

/** Clopper & Pearson's exact interval (1934): never less than its level, so for safety rates. */
export function clopperPearsonInterval(successes: number, trials: number, level: number): Interval {
  const tail = (1 - level) / 2
  return {
    low: successes === 0 ? 0 : betaQuantile(tail, successes, trials - successes + 1),
    high: successes === trials ? 1 : betaQuantile(1 - tail, successes + 1, trials - successes),
  }
}
