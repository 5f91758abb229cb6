import { normalQuantile } from '../distributions/normal.js'
import type { Interval } from '../intervals/interval.js'
import { risingRoot } from '../numerics/root.js'
import { compensatedSum } from '../numerics/sums.js'
import type { Order } from './order.js'
import { classesOf, type Ranked, type RankInfluence } from './ranked.js'

/**
 * Area under the ROC curve of "class `target` against the rest", and DeLong's placements (1988) as influence
 * values, in walks over the sorted rows. Ties count one half. With weights w it is Σ wᵢwⱼ [sᵢ > sⱼ] / (W₁W₀).
 * Σψ²·n/(n−1) is exactly DeLong's variance; between two models Σψψ′·n/(n−1) is his covariance.
 * @returns value NaN when either class has no weight; psi NaN where a class has a single row
 */
export function aucInfluence(ranked: Ranked, target = 1): RankInfluence {
  const { labels, weights, groups } = ranked
  const n = labels.length
  const { isTarget, positive, negative } = classesOf(ranked, target)
  const { twice, twiceWon } =
    weights === undefined
      ? placeRows(ranked.order, isTarget, positive.count)
      : placeWeighted(ranked.order, isTarget, weights)
  const value = twiceWon / 2 / (positive.weight * negative.weight)
  // The classes' own n/(n−1) stand here; that of all rows, which the spread applies, is taken out.
  const counted = groups === undefined ? n : compensatedSum(groups.rows)
  const all = (counted - 1) / counted
  const ofPositive = Math.sqrt((positive.count / (positive.count - 1)) * all) / positive.weight
  const ofNegative = Math.sqrt((negative.count / (negative.count - 1)) * all) / negative.weight
  // By class, so that no branch hangs on what nobody can foresee: (twice/2W₁ − θ) for a positive, (1 − twice/2W₀ − θ).
  const slope = [-ofNegative / (2 * positive.weight), ofPositive / (2 * negative.weight)] as const
  const level = [(1 - value) * ofNegative, -value * ofPositive] as const
  const psi = new Float64Array(n)
  for (let row = 0; row < n; row++) {
    const own = isTarget[row] as 0 | 1
    psi[row] = twice[row]! * slope[own] + level[own]
  }
  if (weights !== undefined) for (let row = 0; row < n; row++) psi[row]! *= weights[row]!
  return { value, psi, positives: positive.count, negatives: negative.count }
}

interface Placed {
  /** By row: twice the weight of the other class below it, ties counting one half. */
  readonly twice: Uint32Array | Float64Array
  /** Twice the weight of the pairs that the positives win. */
  readonly twiceWon: number
}

/**
 * In two walks without a branch: up for what is below, down for what is not above, whose sum is twice what is below with
 * ties as halves. All numbers are whole: tables have fewer than 2³¹ rows.
 */
function placeRows({ rows, ties }: Order, isTarget: Uint8Array, positives: number): Placed {
  const twice = new Uint32Array(rows.length)
  walkUp(rows, ties, isTarget, twice)
  return { twice, twiceWon: walkDown(rows, ties, isTarget, positives, twice) }
}

function walkUp(rows: Uint32Array, ties: Uint8Array, isTarget: Uint8Array, twice: Uint32Array): void {
  let positives = 0
  // Those below the scores equal to this one.
  let [positivesBelow, negativesBelow] = [0, 0]
  for (let i = 0; i < rows.length; i++) {
    const tied = -ties[i]!
    positivesBelow = (positivesBelow & tied) | (positives & ~tied)
    negativesBelow = (negativesBelow & tied) | ((i - positives) & ~tied)
    const row = rows[i]!
    const own = -isTarget[row]!
    twice[row] = (negativesBelow & own) | (positivesBelow & ~own)
    positives -= own
  }
}

function walkDown(
  rows: Uint32Array,
  ties: Uint8Array,
  isTarget: Uint8Array,
  positives: number,
  twice: Uint32Array,
): number {
  let upToHere = positives
  let [positivesUp, negativesUp] = [0, 0]
  let twiceWon = 0
  let tied = 0
  for (let i = rows.length - 1; i >= 0; i--) {
    positivesUp = (positivesUp & tied) | (upToHere & ~tied)
    negativesUp = (negativesUp & tied) | ((i + 1 - upToHere) & ~tied)
    tied = -ties[i]!
    const row = rows[i]!
    const own = -isTarget[row]!
    const sum = twice[row]! + ((negativesUp & own) | (positivesUp & ~own))
    twice[row] = sum
    twiceWon -= own * sum
    upToHere += own
  }
  return twiceWon
}

/** The same with weights in place of numbers of rows. */
function placeWeighted({ rows, ties }: Order, isTarget: Uint8Array, weights: Float64Array): Placed {
  const n = rows.length
  const twice = new Float64Array(n)
  let positivesBelow = 0
  let negativesBelow = 0
  let twiceWon = 0
  for (let start = 0, end = 0; start < n; start = end) {
    let positives = 0
    let negatives = 0
    end = start
    do {
      const row = rows[end]!
      if (isTarget[row] === 1) positives += weights[row]!
      else negatives += weights[row]!
    } while (++end < n && ties[end] === 1)
    twiceWon += positives * (2 * negativesBelow + negatives)
    for (let i = start; i < end; i++) {
      const row = rows[i]!
      twice[row] = isTarget[row] === 1 ? 2 * negativesBelow + negatives : 2 * positivesBelow + positives
    }
    positivesBelow += positives
    negativesBelow += negatives
  }
  return { twice, twiceWon }
}

/**
 * Score statistic of "the AUC is θ" (Newcombe 2006, method 5): the variance is that of Hanley & McNeil at θ, with the
 * mean of both counts in their place of each. Where one class has few rows DeLong's variance is itself too uncertain:
 * with twenty positive rows and an AUC of 0.99 its interval holds the truth in 77 of 100 cases, this one in 98.
 */
export function aucStatistic(value: number, theta: number, positives: number, negatives: number): number {
  const distance = value - theta
  if (!(theta > 0 && theta < 1)) return distance === 0 ? 0 : distance * Number.POSITIVE_INFINITY
  const others = (positives + negatives) / 2 - 1
  const spread = 1 + others * ((1 - theta) / (2 - theta) + theta / (1 + theta))
  return distance / Math.sqrt((theta * (1 - theta) * spread) / (positives * negatives))
}

/** The θ that `aucStatistic` does not reject. @param level two-sided confidence in (0, 1) */
export function newcombeAucInterval(
  value: number,
  positives: number,
  negatives: number,
  level: number,
): Interval {
  const z = -normalQuantile((1 - level) / 2)
  const statistic = (theta: number) => aucStatistic(value, theta, positives, negatives)
  return {
    low: value <= 0 ? 0 : risingRoot((theta) => z - statistic(theta), 0, value),
    high: value >= 1 ? 1 : risingRoot((theta) => -z - statistic(theta), value, 1),
  }
}
