import { type Distribution, distributionOf } from './distribution.js'

/** A sample as its distribution, or as its values, rising, each of which counts once. */
export type Sample = Distribution | Float64Array

/**
 * Largest distance between two empirical distribution functions (Kolmogorov & Smirnov; `scipy.stats.ks_2samp`),
 * between 0 and 1. @param a, b not empty, without NaN
 */
export function kolmogorovSmirnov(a: Sample, b: Sample): number {
  let largest = 0
  walk(a, b, ({ difference }) => {
    largest = Math.max(largest, Math.abs(difference))
  })
  return largest
}

/**
 * Earth mover's distance ∫|F − G| of two samples (`scipy.stats.wasserstein_distance`), in the unit of the values.
 * @param a, b not empty, finite
 */
export function wassersteinDistance(a: Sample, b: Sample): number {
  let sum = 0
  walk(a, b, ({ difference, width }) => {
    sum += Math.abs(difference) * width
  })
  return sum
}

/** F − G from one value of either sample to the next. */
export interface Stretch {
  readonly difference: number
  /** Standard error of the difference, the samples being independent. */
  readonly error: number
  /** How far the next value is; 0 for the last. */
  readonly width: number
  /** The value it starts at is the one of this number in a and in b; undefined where they have it not. */
  readonly ofA: number | undefined
  readonly ofB: number | undefined
}

/** Visits each stretch, rising. */
export function walk(first: Sample, second: Sample, visit: (stretch: Stretch) => void): void {
  const [a, b] = [first, second].map((sample) =>
    sample instanceof Float64Array ? distributionOf(sample) : sample,
  ) as [Distribution, Distribution]
  let [i, j] = [0, 0]
  while (i < a.at.length || j < b.at.length) {
    const value = Math.min(a.at[i] ?? Number.POSITIVE_INFINITY, b.at[j] ?? Number.POSITIVE_INFINITY)
    const [ofA, ofB] = [a.at[i] === value ? i++ : undefined, b.at[j] === value ? j++ : undefined]
    const next = Math.min(a.at[i] ?? Number.POSITIVE_INFINITY, b.at[j] ?? Number.POSITIVE_INFINITY)
    visit({
      difference: (a.share[i - 1] ?? 0) - (b.share[j - 1] ?? 0),
      error: Math.sqrt((a.variance[i - 1] ?? 0) + (b.variance[j - 1] ?? 0)),
      width: next === Number.POSITIVE_INFINITY ? 0 : next - value,
      ofA,
      ofB,
    })
  }
}

/**
 * Two-sided p-value of a Kolmogorov-Smirnov distance by the limiting distribution (Smirnov 1948), whatever the number
 * of rows, so that the method never changes with it.
 */
export function kolmogorovTail(distance: number, n: number, m: number): number {
  const x = distance * Math.sqrt((n * m) / (n + m))
  if (x < 0.2) return 1
  let sum = 0
  for (let k = 1; k <= 100; k++) {
    const term = Math.exp(-2 * k * k * x * x)
    sum += k % 2 === 1 ? term : -term
    if (term < 1e-17) break
  }
  return Math.min(1, Math.max(0, 2 * sum))
}
