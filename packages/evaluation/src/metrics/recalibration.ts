import { type Influenced, influenceMetric } from './influence.js'
import type { View } from './metric.js'

/** Probabilities are kept this far from 0 and 1, where their logit would be infinite. */
const EPSILON = 1e-12
const STEPS = 100

/** A logistic regression of the labels on what the model says: P(y = 1) = 1/(1 + exp(−(a + b·logit p))). */
interface Fit {
  readonly intercept: number
  readonly slope: number
  /** By row, how much it moves intercept and slope: the sandwich's I⁻¹ x (y − μ) w. */
  readonly psi: readonly [Float64Array, Float64Array]
}

/** Newton's steps from the model as it is; undefined when they do not settle, as where one class is cut off. */
function fit({ rows, labels, scores, weights }: View, freeSlope: boolean): Fit | undefined {
  const logits = scores[0]!.map((score) => {
    const p = Math.min(1 - EPSILON, Math.max(EPSILON, score))
    return Math.log(p / (1 - p))
  })
  let [a, b] = [0, 1]
  for (let step = 0; step < STEPS; step++) {
    const { score, inverse } = derivatives()
    if (inverse === undefined) return undefined
    const [da, db] = [
      inverse[0] * score[0] + inverse[1] * score[1],
      inverse[1] * score[0] + inverse[2] * score[1],
    ]
    a += da
    b += db
    if (!Number.isFinite(a) || Math.abs(a) > 1e3 || Math.abs(b) > 1e3) return undefined
    if (Math.abs(da) + Math.abs(db) < 1e-13 * (1 + Math.abs(a) + Math.abs(b))) break
    if (step === STEPS - 1) return undefined
  }
  const { inverse } = derivatives()
  if (inverse === undefined) return undefined
  const psi = [new Float64Array(rows), new Float64Array(rows)] as const
  for (let i = 0; i < rows; i++) {
    const residual = (weights?.[i] ?? 1) * (labels[i]! - logistic(a + b * logits[i]!))
    psi[0][i] = residual * (inverse[0] + inverse[1] * logits[i]!)
    psi[1][i] = residual * (inverse[1] + inverse[2] * logits[i]!)
  }
  return { intercept: a, slope: b, psi }

  function derivatives() {
    let [s0, s1, h00, h01, h11] = [0, 0, 0, 0, 0]
    for (let i = 0; i < rows; i++) {
      const weight = weights?.[i] ?? 1
      const mu = logistic(a + b * logits[i]!)
      const residual = weight * (labels[i]! - mu)
      const variance = weight * mu * (1 - mu)
      s0 += residual
      s1 += residual * logits[i]!
      h00 += variance
      h01 += variance * logits[i]!
      h11 += variance * logits[i]! ** 2
    }
    if (!freeSlope) {
      return { score: [s0, 0] as const, inverse: h00 > 1e-12 ? ([1 / h00, 0, 0] as const) : undefined }
    }
    const determinant = h00 * h11 - h01 * h01
    const usable = determinant > 1e-12 * h00 * h11
    return {
      score: [s0, s1] as const,
      inverse: usable ? ([h11 / determinant, -h01 / determinant, h00 / determinant] as const) : undefined,
    }
  }
}

function logistic(x: number): number {
  return 1 / (1 + Math.exp(-x))
}

function fitted(view: View, which: 'intercept' | 'slope'): Influenced {
  const both = view.labels.includes(0) && view.labels.includes(1)
  const found = both ? fit(view, which === 'slope') : undefined
  if (found === undefined)
    return {
      state: 'undefined',
      because: `the calibration ${which} needs both classes, and probabilities that overlap`,
    }
  const psi = found.psi[which === 'intercept' ? 0 : 1]
  return { state: 'influenced', value: found[which], psi, trials: view.rows }
}

const COMMON = {
  better: 'higher',
  tasks: ['binary'],
  needs: 'probability',
  scale: 'identity',
  method: 'logistic recalibration, sandwich',
  reference: 't',
} as const

export const RECALIBRATION_METRICS = {
  /** Slope of the recalibration (Cox 1958): below 1 the probabilities are too extreme, above 1 not enough so. */
  calibration_slope: influenceMetric({
    ...COMMON,
    name: 'calibration_slope',
    label: 'calibration slope',
    boundsOnly: 'it is best at 1, and neither higher nor lower is better',
    influence: (view) => fitted(view, 'slope'),
  }),
  /** Calibration in the large: the intercept at a slope of 1; above 0 the probabilities are too low. */
  calibration_intercept: influenceMetric({
    ...COMMON,
    name: 'calibration_intercept',
    label: 'calibration intercept',
    boundsOnly: 'it is best at 0, and neither higher nor lower is better',
    influence: (view) => fitted(view, 'intercept'),
  }),
}
