import { binomialCdf, binomialProbability } from '../distributions/binomial.js'
import { normalCdf, normalQuantile } from '../distributions/normal.js'
import { risingRoot } from '../numerics/root.js'
import type { Interval } from './interval.js'

/** Pairs of right and wrong answers: `gained` only the first was right, `lost` only the second. */
export interface DiscordantPairs {
  readonly pairs: number
  readonly gained: number
  readonly lost: number
}

/**
 * Score statistic of "the difference of two paired proportions is δ" (Tango 1998); standard normal under
 * it. It stays honest where Wald's collapses: without one discordant pair the interval keeps its width.
 * @param delta in [−1, 1]
 */
export function tangoStatistic(data: DiscordantPairs, delta: number): number {
  const { pairs, gained, lost } = data
  const variance = pairs * tangoVariance(data, delta)
  const distance = gained - lost - pairs * delta
  if (variance <= 0) return distance === 0 ? 0 : distance * Number.POSITIVE_INFINITY
  return distance / Math.sqrt(variance)
}

/** Variance of one pair's difference where the likelihood is greatest with a mean of δ. */
export function tangoVariance({ pairs, gained, lost }: DiscordantPairs, delta: number): number {
  const a = 2 * pairs
  const b = (2 * pairs - gained + lost) * delta - gained - lost
  const c = -lost * delta * (1 - delta)
  const second = (Math.sqrt(Math.max(0, b * b - 4 * a * c)) - b) / (2 * a)
  return 2 * second + delta * (1 - delta)
}

/** Tango's score interval of (gained − lost) / pairs. @param level two-sided confidence in (0, 1) */
export function tangoInterval(data: DiscordantPairs, level: number): Interval {
  if (data.pairs === 0) return { low: -1, high: 1 }
  const z = -normalQuantile((1 - level) / 2)
  const estimate = (data.gained - data.lost) / data.pairs
  return {
    low: estimate === -1 ? -1 : risingRoot((delta) => z - tangoStatistic(data, delta), -1, estimate),
    high: estimate === 1 ? 1 : risingRoot((delta) => -z - tangoStatistic(data, delta), estimate, 1),
  }
}

/** One-sided p-value of "the difference is at least δ": small when it is shown to be below. */
export function tangoLowerTail(data: DiscordantPairs, delta: number): number {
  return data.pairs === 0 ? 1 : normalCdf(tangoStatistic(data, delta))
}

/**
 * McNemar's test of equal paired proportions, two-sided: exact, and mid-p (Fagerland, Lydersen & Laake 2013).
 * 1 without discordant pairs.
 */
export function mcnemar(gained: number, lost: number): { exact: number; midP: number } {
  const n = gained + lost
  if (n === 0) return { exact: 1, midP: 1 }
  const k = Math.min(gained, lost)
  const tail = 2 * binomialCdf(k, n, 0.5)
  return { exact: Math.min(1, tail), midP: Math.min(1, tail - binomialProbability(k, n, 0.5)) }
}
