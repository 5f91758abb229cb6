import { normalQuantile } from '../distributions/normal.js'
import type { Interval } from '../intervals/interval.js'
import { wilsonInterval } from '../intervals/proportion.js'
import { classesOf, type Ranked, type RankInfluence } from './ranked.js'

/**
 * Area under the ROC curve of "class `target` against the rest", and DeLong's placements (1988) as influence
 * values, in one walk over the sorted rows. Ties count one half. With weights w it is Σ wᵢwⱼ [sᵢ > sⱼ] / (W₁W₀).
 * Σψ²·n/(n−1) is exactly DeLong's variance; between two models Σψψ′·n/(n−1) is his covariance.
 * @returns value NaN when either class has no weight; psi NaN where a class has a single row
 */
export function aucInfluence({ order, labels, weights }: Ranked, target = 1): RankInfluence {
  const { rows, ties } = order
  const n = rows.length
  const { isTarget, positive: first, negative: second } = classesOf(labels, target, weights)
  const psi = new Float64Array(n)
  let positivesBelow = 0
  let negativesBelow = 0
  // In steps of one half, so that without weights every sum is whole and exact.
  let twiceWon = 0
  for (let start = 0, end = 0; start < n; start = end) {
    end = start + 1
    if (weights === undefined && (end === n || ties[end] === 0)) {
      // A row alone, as most are where scores are doubles.
      const row = rows[start]!
      if (isTarget[row] === 1) {
        twiceWon += 2 * negativesBelow
        psi[row] = negativesBelow / second.weight
        positivesBelow++
      } else {
        psi[row] = 1 - positivesBelow / first.weight
        negativesBelow++
      }
      continue
    }
    let positives = 0
    let negatives = 0
    end = start
    do {
      const row = rows[end]!
      const weight = weights === undefined ? 1 : weights[row]!
      if (isTarget[row] === 1) positives += weight
      else negatives += weight
    } while (++end < n && ties[end] === 1)
    twiceWon += positives * (2 * negativesBelow + negatives)
    const placedPositive = (2 * negativesBelow + negatives) / (2 * second.weight)
    const placedNegative = 1 - (2 * positivesBelow + positives) / (2 * first.weight)
    for (let i = start; i < end; i++) {
      const row = rows[i]!
      psi[row] = isTarget[row] === 1 ? placedPositive : placedNegative
    }
    positivesBelow += positives
    negativesBelow += negatives
  }
  const value = twiceWon / 2 / (first.weight * second.weight)
  // The classes' own n/(n−1) stand here; that of all rows, which the spread applies, is taken out.
  const all = (n - 1) / n
  const positive = Math.sqrt((first.count / (first.count - 1)) * all) / first.weight
  const negative = Math.sqrt((second.count / (second.count - 1)) * all) / second.weight
  for (let row = 0; row < n; row++) {
    const scale = isTarget[row] === 1 ? positive : negative
    psi[row] = (psi[row]! - value) * scale * (weights === undefined ? 1 : weights[row]!)
  }
  return { value, psi, positives: first.count, negatives: second.count }
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
