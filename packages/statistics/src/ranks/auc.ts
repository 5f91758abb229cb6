import { SluiceError } from '@sluice/errors'
import { normalQuantile } from '../distributions/normal.js'
import type { Interval } from '../intervals/interval.js'
import { wilsonInterval } from '../intervals/proportion.js'
import { RankIndex } from './rank-index.js'

/** AUC with its structural components: what DeLong's variances are made of. */
export interface Auc {
  /** In [0, 1]; ties count one half. */
  readonly auc: number
  /** For each positive row, the share of negatives below it. */
  readonly positives: Float64Array
  /** For each negative row, the share of positives above it. */
  readonly negatives: Float64Array
}

/**
 * Area under the ROC curve and its placements (DeLong 1988) in O(n log n): both classes are sorted once and
 * every row is looked up in the other (equal to the mid-ranks of Sun & Xu 2014).
 * @param positives scores of the n₁ positive rows, finite
 * @param negatives scores of the n₀ negative rows, finite
 * @throws SluiceError AUC_UNDEFINED when either class is empty
 */
export function auc(positives: Float64Array, negatives: Float64Array): Auc {
  if (positives.length === 0 || negatives.length === 0) {
    throw new SluiceError(
      'AUC_UNDEFINED',
      `AUC of ${positives.length} positive and ${negatives.length} negative rows; expected some of both.`,
      { remedy: 'Evaluate on rows that hold both classes.' },
    )
  }
  const ranked = new RankIndex(positives)
  const others = new RankIndex(negatives)
  // Twice the number of won pairs is whole and below 2⁵³, so the sum is exact in any order.
  let twiceWon = 0
  const abovePositives = positives.map((score) => {
    const twice = others.twiceBelow(score)
    twiceWon += twice
    return twice / (2 * others.length)
  })
  const belowNegatives = negatives.map((score) => 1 - ranked.twiceBelow(score) / (2 * ranked.length))
  return {
    auc: twiceWon / 2 / (positives.length * negatives.length),
    positives: abovePositives,
    negatives: belowNegatives,
  }
}

/** DeLong's covariance of two AUCs measured on the same rows; of one with itself, its variance. */
export function aucCovariance(a: Auc, b: Auc): number {
  return (
    covariance(a.positives, b.positives) / a.positives.length +
    covariance(a.negatives, b.negatives) / a.negatives.length
  )
}

/** Difference a − b of two AUCs on the same rows, and its standard error (DeLong 1988). */
export function aucDifference(a: Auc, b: Auc): { difference: number; standardError: number } {
  const variance = aucCovariance(a, a) + aucCovariance(b, b) - 2 * aucCovariance(a, b)
  return { difference: a.auc - b.auc, standardError: Math.sqrt(Math.max(0, variance)) }
}

/**
 * Interval of a single AUC on the logit scale, which covers far better than Wald's near 1 (94.4 % against
 * 91.6 % at 500 rows and an AUC of 0.93). At exactly 0 or 1 the logit has no spread; Wilson's interval of
 * as many trials as the smaller class has rows takes its place.
 * @param level two-sided confidence in (0, 1)
 */
export function aucInterval(
  value: number,
  standardError: number,
  smallerClass: number,
  level: number,
): Interval {
  if (value <= 0 || value >= 1) return wilsonInterval(Math.round(value) * smallerClass, smallerClass, level)
  const centre = Math.log(value / (1 - value))
  const reach = (-normalQuantile((1 - level) / 2) * standardError) / (value * (1 - value))
  return { low: logistic(centre - reach), high: logistic(centre + reach) }
}

function logistic(x: number): number {
  return 1 / (1 + Math.exp(-x))
}

/** Sample covariance with n − 1; NaN of fewer than two. */
function covariance(x: Float64Array, y: Float64Array): number {
  const n = x.length
  if (n < 2) return Number.NaN
  let meanX = 0
  let meanY = 0
  for (let i = 0; i < n; i++) {
    meanX += x[i]!
    meanY += y[i]!
  }
  meanX /= n
  meanY /= n
  let sum = 0
  for (let i = 0; i < n; i++) sum += (x[i]! - meanX) * (y[i]! - meanY)
  return sum / (n - 1)
}
