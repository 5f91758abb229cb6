import { effectiveCount, type Ranked, type RankInfluence } from './ranked.js'

/**
 * Average precision Σ (Rₙ − Rₙ₋₁) Pₙ over the distinct scores, ties together (scikit-learn's
 * `average_precision_score`), with its infinitesimal jackknife. With B the weight and A the positive weight of what
 * is scored at least s, and W₁ all positive weight: dAP/dwₖ = [yₖ(Pₖ − AP) + Σ_{i positive, sᵢ ≤ sₖ} wᵢ(yₖ − Pᵢ)/Bᵢ] / W₁.
 * @returns value NaN without a positive row
 */
export function averagePrecisionInfluence(
  { scores, order, labels, weights }: Ranked,
  target = 1,
): RankInfluence {
  const n = order.length
  const { positive, negative } = effectiveCount(labels, target, weights)
  const psi = new Float64Array(n)
  // From the highest score down, so that the few rows at the top are summed before the many below.
  let [hits, all, value] = [0, 0, 0]
  // Σ w/B and Σ wP/B over the positives above.
  let [inverse, weighted] = [0, 0]
  for (let end = n, start = n; end > 0; end = start) {
    const score = scores[order[end - 1]!]!
    let [own, rest] = [0, 0]
    for (start = end; start > 0; start--) {
      const row = order[start - 1]!
      if (scores[row] !== score) break
      const weight = weights === undefined ? 1 : weights[row]!
      if (labels[row] === target) own += weight
      else rest += weight
    }
    hits += own
    all += own + rest
    const precision = all > 0 ? hits / all : 0
    for (let i = start; i < end; i++) {
      const row = order[i]!
      psi[row] = labels[row] === target ? precision - inverse + weighted : weighted
    }
    if (own > 0) {
      value += own * precision
      inverse += own / all
      weighted += (own * precision) / all
    }
  }
  value /= positive.weight
  for (let row = 0; row < n; row++) {
    const moved = labels[row] === target ? psi[row]! + inverse - weighted - value : psi[row]! - weighted
    psi[row] = (moved * (weights === undefined ? 1 : weights[row]!)) / positive.weight
  }
  return { value, psi, positives: positive.count, negatives: negative.count }
}
