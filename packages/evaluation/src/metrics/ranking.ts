import { auc } from '@sluice/statistics'
import { type Influenced, influenceMetric } from './influence.js'
import type { View } from './metric.js'

/**
 * Influence of the AUC of "class `target` against the rest" by `scores`. Without clusters Σψ² with the
 * factor n/(n−1) is exactly DeLong's variance (1988).
 */
export function aucInfluence(labels: Int32Array, scores: Float64Array, target: number): Influenced {
  const n = labels.length
  let n1 = 0
  for (const label of labels) if (label === target) n1++
  const n0 = n - n1
  if (n1 === 0 || n0 === 0)
    return {
      state: 'undefined',
      because: `AUC needs both classes; there are ${n1} positive and ${n0} negative rows`,
    }
  const positives = new Float64Array(n1)
  const negatives = new Float64Array(n0)
  for (let i = 0, p = 0, q = 0; i < n; i++) {
    if (labels[i] === target) positives[p++] = scores[i]!
    else negatives[q++] = scores[i]!
  }
  const found = auc(positives, negatives)
  const all = (n - 1) / n
  const positive = Math.sqrt((n1 / (n1 - 1)) * all) / n1
  const negative = Math.sqrt((n0 / (n0 - 1)) * all) / n0
  const psi = new Float64Array(n)
  for (let i = 0, p = 0, q = 0; i < n; i++) {
    psi[i] =
      labels[i] === target
        ? (found.positives[p++]! - found.auc) * positive
        : (found.negatives[q++]! - found.auc) * negative
  }
  if (n1 < 2 || n0 < 2)
    return {
      state: 'undefined',
      because: `the error of an AUC needs two rows of each class; there are ${n1} and ${n0}`,
    }
  return { state: 'influenced', value: found.auc, psi, trials: Math.min(n1, n0) }
}

export const aucMetric = influenceMetric({
  name: 'auc',
  label: 'AUC',
  better: 'higher',
  task: 'binary',
  needs: 'ranking',
  scale: 'logit',
  method: 'DeLong',
  reference: 'normal',
  influence: (view) => aucInfluence(view.labels, view.scores[0]!, 1),
})

/**
 * Average precision Σ (Rₙ − Rₙ₋₁) Pₙ over the distinct scores, ties together (scikit-learn's
 * `average_precision_score`), with its infinitesimal jackknife: with B the rows and A the positives scored at
 * least s, dAP/dwₖ = [yₖ(Pₖ − AP) + Σ_{i positive, sᵢ ≤ sₖ} (yₖ − Pᵢ)/Bᵢ] / n₁.
 */
function averagePrecision({ labels, scores: [scores], rows }: View): Influenced {
  const order = Uint32Array.from({ length: rows }, (_, i) => i).sort(
    (i, j) => scores![j]! - scores![i]! || i - j,
  )
  let positives = 0
  for (const label of labels) positives += label
  if (positives === 0)
    return { state: 'undefined', because: 'average precision needs a positive row; there is none' }

  const precision = new Float64Array(rows)
  const above = new Float64Array(rows)
  let hits = 0
  let value = 0
  for (let start = 0, end = 0; start < rows; start = end) {
    let inGroup = 0
    for (end = start; end < rows && scores![order[end]!] === scores![order[start]!]; end++)
      inGroup += labels[order[end]!]!
    hits += inGroup
    value += inGroup * (hits / end)
    for (let i = start; i < end; i++) {
      precision[i] = hits / end
      above[i] = end
    }
  }
  value /= positives

  const psi = new Float64Array(rows)
  let inverse = 0
  let weighted = 0
  for (let end = rows, start = rows; end > 0; end = start) {
    for (start = end; start > 0 && precisionTied(scores!, order, start - 1, end - 1); start--) {
      const row = order[start - 1]!
      if (labels[row] === 1) {
        inverse += 1 / above[start - 1]!
        weighted += precision[start - 1]! / above[start - 1]!
      }
    }
    for (let i = start; i < end; i++) {
      const row = order[i]!
      const own = labels[row] === 1 ? precision[i]! - value : 0
      psi[row] = (own + labels[row]! * inverse - weighted) / positives
    }
  }
  return { state: 'influenced', value, psi, trials: positives }
}

function precisionTied(scores: Float64Array, order: Uint32Array, i: number, j: number): boolean {
  return scores[order[i]!] === scores[order[j]!]
}

export const averagePrecisionMetric = influenceMetric({
  name: 'average_precision',
  label: 'average precision',
  better: 'higher',
  task: 'binary',
  needs: 'ranking',
  scale: 'logit',
  method: 'infinitesimal jackknife',
  reference: 't',
  influence: averagePrecision,
})
