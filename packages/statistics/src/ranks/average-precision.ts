import { classesOf, type Ranked, type RankInfluence } from './ranked.js'

/**
 * Average precision Σ (Rₙ − Rₙ₋₁) Pₙ over the distinct scores, ties together (scikit-learn's
 * `average_precision_score`), with its infinitesimal jackknife. With B the weight and A the positive weight of what
 * is scored at least s, and W₁ all positive weight: dAP/dwₖ = [yₖ(Pₖ − AP) + Σ_{i positive, sᵢ ≤ sₖ} wᵢ(yₖ − Pᵢ)/Bᵢ] / W₁.
 * @returns value NaN without a positive row
 */
export function averagePrecisionInfluence(ranked: Ranked, target = 1): RankInfluence {
  const { order, weights } = ranked
  const { rows, ties } = order
  const n = rows.length
  const { isTarget, positive, negative } = classesOf(ranked, target)
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
  return { value, psi, positives: positive.count, negatives: negative.count }
}
