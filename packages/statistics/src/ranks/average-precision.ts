import { withInfluences } from '../numerics/on-demand.js'
import { type Classes, classesInOrder, classesOf, type Ranked, type RankInfluence } from './ranked.js'

/**
 * Average precision Σ (Rₙ − Rₙ₋₁) Pₙ over the distinct scores, ties together (scikit-learn's
 * `average_precision_score`), with its infinitesimal jackknife. With B the weight and A the positive weight of what
 * is scored at least s, and W₁ all positive weight: dAP/dwₖ = [yₖ(Pₖ − AP) + Σ_{i positive, sᵢ ≤ sₖ} wᵢ(yₖ − Pᵢ)/Bᵢ] / W₁.
 * @returns value NaN without a positive row
 */
export function averagePrecisionInfluence(ranked: Ranked, target = 1): RankInfluence {
  const { order, weights } = ranked
  const classes = classesOf(ranked, target)
  const sizes = { positives: classes.positive.count, negatives: classes.negative.count }
  if (weights !== undefined) return { ...byRow(ranked, classes), ...sizes }
  const { value, squares } = inOrder(
    classesInOrder(order.rows, classes.isTarget),
    order.ties,
    classes.positive.count,
  )
  return withInfluences({ value, squares, ...sizes }, () => byRow(ranked, classes).psi)
}

/** The value and Σψ² of rows that stand in order: nothing is looked up out of turn. */
function inOrder(
  isTarget: Uint8Array,
  ties: Uint8Array,
  positives: number,
): { value: number; squares: number } {
  const sums = sumsInOrder(isTarget, ties)
  const value = sums.precision / positives
  return { value, squares: squaresInOrder(isTarget, ties, value, sums) / positives / positives }
}

/** Over all positives: their precisions P, Σ 1/B and ΣP/B. */
interface Sums {
  readonly precision: number
  readonly inverse: number
  readonly weighted: number
}

/** From the highest score down, so that the few rows at the top are summed before the many below. */
function sumsInOrder(isTarget: Uint8Array, ties: Uint8Array): Sums {
  let [hits, value, inverse, weighted] = [0, 0, 0, 0]
  const n = isTarget.length
  for (let end = n, start = n; end > 0; end = start) {
    let own = isTarget[--start]!
    while (ties[start] === 1) own += isTarget[--start]!
    if (own === 0) continue
    hits += own
    const all = n - start
    const precision = hits / all
    value += own * precision
    inverse += own / all
    weighted += (own * precision) / all
  }
  return { precision: value, inverse, weighted }
}

function squaresInOrder(isTarget: Uint8Array, ties: Uint8Array, value: number, total: Sums): number {
  let [hits, inverse, weighted, sum, lost] = [0, 0, 0, 0, 0]
  const n = isTarget.length
  for (let end = n, start = n; end > 0; end = start) {
    let own = isTarget[--start]!
    while (ties[start] === 1) own += isTarget[--start]!
    hits += own
    const all = n - start
    const precision = hits / all
    const ofPositive = precision - inverse + weighted + total.inverse - total.weighted - value
    const ofNegative = weighted - total.weighted
    const square = own * ofPositive * ofPositive + (end - start - own) * ofNegative * ofNegative
    const next = sum + square
    lost += sum >= square ? sum - next + square : square - next + sum
    sum = next
    inverse += own / all
    weighted += (own * precision) / all
  }
  return sum + lost
}

function byRow(ranked: Ranked, { isTarget, positive }: Classes): Pick<RankInfluence, 'value' | 'psi'> {
  const { order, weights } = ranked
  const { rows, ties } = order
  const n = rows.length
  const psi = new Float64Array(n)
  // From the highest score down, so that the few rows at the top are summed before the many below.
  let [hits, all, value] = [0, 0, 0]
  // Σ w/B and Σ wP/B over the positives above.
  let [inverse, weighted] = [0, 0]
  for (let end = n, start = n; end > 0; end = start) {
    start = end - 1
    if (weights === undefined && ties[start] === 0) {
      // A row alone, as most are where scores are doubles.
      const row = rows[start]!
      all++
      if (isTarget[row] === 1) {
        hits++
        const precision = hits / all
        psi[row] = precision - inverse + weighted
        value += precision
        inverse += 1 / all
        weighted += precision / all
      } else psi[row] = weighted
      continue
    }
    let own = 0
    let rest = 0
    start = end
    do {
      const row = rows[--start]!
      const weight = weights === undefined ? 1 : weights[row]!
      if (isTarget[row] === 1) own += weight
      else rest += weight
    } while (ties[start] === 1)
    hits += own
    all += own + rest
    const precision = all > 0 ? hits / all : 0
    for (let i = start; i < end; i++) {
      const row = rows[i]!
      psi[row] = isTarget[row] === 1 ? precision - inverse + weighted : weighted
    }
    if (own > 0) {
      value += own * precision
      inverse += own / all
      weighted += (own * precision) / all
    }
  }
  value /= positive.weight
  for (let row = 0; row < n; row++) {
    const moved = isTarget[row] === 1 ? psi[row]! + inverse - weighted - value : psi[row]! - weighted
    psi[row] = (moved * (weights === undefined ? 1 : weights[row]!)) / positive.weight
  }
  return { value, psi }
}
