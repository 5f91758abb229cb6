import { withInfluences } from '../numerics/on-demand.js'
import { compensatedSum } from '../numerics/sums.js'
import type { Order } from './order.js'
import { type Classes, classesInOrder, classesOf, type Ranked, type RankInfluence } from './ranked.js'

/**
 * Area under the ROC curve of "class `target` against the rest", and DeLong's placements (1988) as influence
 * values, in walks over the sorted rows. Ties count one half. With weights w it is Σ wᵢwⱼ [sᵢ > sⱼ] / (W₁W₀).
 * Σψ²·n/(n−1) is exactly DeLong's variance; between two models Σψψ′·n/(n−1) is his covariance.
 * @returns value NaN when either class has no weight; psi NaN where a class has a single row
 */
export function aucInfluence(ranked: Ranked, target = 1): RankInfluence {
  const { order, labels, weights, groups } = ranked
  const classes = classesOf(ranked, target)
  const { isTarget, positive, negative } = classes
  const sizes = { positives: positive.count, negatives: negative.count }
  if (weights !== undefined) {
    const { twice, twiceWon } = placeWeighted(order, isTarget, weights)
    const value = twiceWon / 2 / (positive.weight * negative.weight)
    const counted = groups === undefined ? labels.length : compensatedSum(groups.rows)
    const psi = influences(twice, isTarget, lines(classes, value, counted))
    for (let row = 0; row < psi.length; row++) psi[row]! *= weights[row]!
    return { value, psi, ...sizes }
  }
  const inOrder = classesInOrder(order.rows, isTarget)
  const value = twiceWonBy(inOrder, order.ties) / 2 / (positive.weight * negative.weight)
  const byClass = lines(classes, value, labels.length)
  const squares = squaredInfluences(inOrder, order.ties, byClass)
  return withInfluences({ value, squares, ...sizes }, () =>
    influences(placeRows(order, isTarget, positive.count), isTarget, byClass),
  )
}

/**
 * ψ as a line of `twice` (see `Placed`), by class: (twice/2W₀ − θ) of a positive, (1 − twice/2W₁ − θ) of a negative.
 * The classes' own n/(n−1) stand here; that of all rows, which the spread applies, is taken out.
 */
function lines({ positive, negative }: Classes, value: number, rows: number): Lines {
  const all = (rows - 1) / rows
  const ofPositive = Math.sqrt((positive.count / (positive.count - 1)) * all) / positive.weight
  const ofNegative = Math.sqrt((negative.count / (negative.count - 1)) * all) / negative.weight
  return {
    slope: [-ofNegative / (2 * positive.weight), ofPositive / (2 * negative.weight)],
    level: [(1 - value) * ofNegative, -value * ofPositive],
  }
}

/** Of negatives and of positives, so that no branch hangs on a class that nobody can foresee. */
interface Lines {
  readonly slope: readonly [number, number]
  readonly level: readonly [number, number]
}

function influences(twice: Placed['twice'], isTarget: Uint8Array, { slope, level }: Lines): Float64Array {
  const psi = new Float64Array(twice.length)
  for (let row = 0; row < psi.length; row++) {
    const own = isTarget[row] as 0 | 1
    psi[row] = twice[row]! * slope[own] + level[own]
  }
  return psi
}

/** Twice the number of pairs that the positives win; in steps of one half every sum is whole and exact. */
function twiceWonBy(inOrder: Uint8Array, ties: Uint8Array): number {
  const n = inOrder.length
  let [below, twiceWon] = [0, 0]
  for (let start = 0, end = 0; start < n; start = end) {
    let positives = inOrder[start]!
    for (end = start + 1; end < n && ties[end] === 1; end++) positives += inOrder[end]!
    const negatives = end - start - positives
    twiceWon += positives * (2 * below + negatives)
    below += negatives
  }
  return twiceWon
}

/** Σψ², compensated, in the order of the scores. */
function squaredInfluences(inOrder: Uint8Array, ties: Uint8Array, { slope, level }: Lines): number {
  const n = inOrder.length
  let [negativesBelow, positivesBelow, sum, lost] = [0, 0, 0, 0]
  for (let start = 0, end = 0; start < n; start = end) {
    let positives = inOrder[start]!
    for (end = start + 1; end < n && ties[end] === 1; end++) positives += inOrder[end]!
    const negatives = end - start - positives
    const ofPositive = (2 * negativesBelow + negatives) * slope[1] + level[1]
    const ofNegative = (2 * positivesBelow + positives) * slope[0] + level[0]
    const square = positives * ofPositive * ofPositive + negatives * ofNegative * ofNegative
    const next = sum + square
    lost += sum >= square ? sum - next + square : square - next + sum
    sum = next
    negativesBelow += negatives
    positivesBelow += positives
  }
  return sum + lost
}

interface Placed {
  /** By row: twice the weight of the other class below it, ties counting one half; without weights whole numbers. */
  readonly twice: Float64Array | Uint32Array
  /** Twice the weight of the pairs that the positives win. */
  readonly twiceWon: number
}

/**
 * By row, in two walks without a branch: up for what is below, down for what is not above, whose sum is twice what is
 * below with ties as halves. All numbers are whole: tables have fewer than 2³¹ rows.
 */
function placeRows({ rows, ties }: Order, isTarget: Uint8Array, positives: number): Uint32Array {
  const twice = new Uint32Array(rows.length)
  walkUp(rows, ties, isTarget, twice)
  walkDown(rows, ties, isTarget, positives, twice)
  return twice
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
): void {
  let upToHere = positives
  let [positivesUp, negativesUp] = [0, 0]
  let tied = 0
  for (let i = rows.length - 1; i >= 0; i--) {
    positivesUp = (positivesUp & tied) | (upToHere & ~tied)
    negativesUp = (negativesUp & tied) | ((i + 1 - upToHere) & ~tied)
    tied = -ties[i]!
    const row = rows[i]!
    const own = -isTarget[row]!
    twice[row]! += (negativesUp & own) | (positivesUp & ~own)
    upToHere += own
  }
}

/** With weights in place of numbers of rows. */
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
