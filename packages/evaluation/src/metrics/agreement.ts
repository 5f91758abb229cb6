import { predictions } from './decisions.js'
import { type Influenced, influenceMetric } from './influence.js'
import { rowsOf, type View } from './metric.js'

/** Shares of the weight by true class, by predicted class, and where the two agree. */
interface Shares {
  readonly predicted: Int32Array
  readonly ofLabels: Float64Array
  readonly ofPredictions: Float64Array
  /** pₒ, the share that agrees, and pₑ = Σ rₖcₖ, the share that would by chance. */
  readonly observed: number
  readonly expected: number
  readonly weight: number
}

function sharesOf(view: View): Shares {
  const predicted = predictions(view)
  const [ofLabels, ofPredictions] = [
    new Float64Array(view.classes.length),
    new Float64Array(view.classes.length),
  ]
  let [weight, agreed] = [0, 0]
  for (let i = 0; i < view.rows; i++) {
    const own = view.weights === undefined ? 1 : view.weights[i]!
    weight += own
    ofLabels[view.labels[i]!]! += own
    ofPredictions[predicted[i]!]! += own
    if (predicted[i] === view.labels[i]) agreed += own
  }
  for (const shares of [ofLabels, ofPredictions]) for (let c = 0; c < shares.length; c++) shares[c]! /= weight
  const expected = ofLabels.reduce((sum, share, c) => sum + share * ofPredictions[c]!, 0)
  return { predicted, ofLabels, ofPredictions, observed: agreed / weight, expected, weight }
}

/** ψᵢ = wᵢ (∂f/∂p at the cell of row i − its mean) / Σw: the delta method on the table of truth and prediction. */
function fromCells(
  view: View,
  shares: Shares,
  value: number,
  gradient: (label: number, predicted: number) => number,
): Influenced {
  const psi = new Float64Array(view.rows)
  let mean = 0
  const weightOf = (i: number) => (view.weights === undefined ? 1 : view.weights[i]!)
  for (let i = 0; i < view.rows; i++) {
    psi[i] = gradient(view.labels[i]!, shares.predicted[i]!)
    mean += (psi[i]! * weightOf(i)) / shares.weight
  }
  for (let i = 0; i < view.rows; i++) psi[i] = ((psi[i]! - mean) * weightOf(i)) / shares.weight
  return { state: 'influenced', value, psi, trials: rowsOf(view) }
}

/**
 * Cohen's kappa (1960), (pₒ − pₑ)/(1 − pₑ). Undefined where labels and predictions are one and the same class
 * throughout: scikit-learn gives NaN.
 */
function kappa(view: View): Influenced {
  const shares = sharesOf(view)
  const { observed, expected, ofLabels, ofPredictions } = shares
  if (!(expected < 1))
    return { state: 'undefined', because: 'kappa needs two classes among labels and predictions' }
  const free = 1 - expected
  return fromCells(view, shares, (observed - expected) / free, (label, predicted) => {
    const chance = ofPredictions[label]! + ofLabels[predicted]!
    return (label === predicted ? 1 : 0) / free + (chance * (observed - 1)) / free ** 2
  })
}

/**
 * Matthews' correlation (1975) in Gorodkin's form for several classes (2004). Undefined where labels or predictions
 * are constant: it is 0/0 then, and scikit-learn's 0 would look like a measured one.
 */
function mcc(view: View): Influenced {
  const shares = sharesOf(view)
  const { observed, expected, ofLabels, ofPredictions } = shares
  const spread = (all: Float64Array) => 1 - all.reduce((sum, share) => sum + share * share, 0)
  const [a, b] = [spread(ofPredictions), spread(ofLabels)]
  if (!(a > 1e-15 && b > 1e-15))
    return { state: 'undefined', because: 'MCC needs two classes among the labels and among the predictions' }
  const root = Math.sqrt(a * b)
  const value = (observed - expected) / root
  return fromCells(view, shares, value, (label, predicted) => {
    const numerator = (label === predicted ? 1 : 0) - ofPredictions[label]! - ofLabels[predicted]!
    return numerator / root + value * (ofPredictions[predicted]! / a + ofLabels[label]! / b)
  })
}

const COMMON = {
  better: 'higher',
  tasks: ['binary', 'multiclass'],
  needs: 'decision',
  scale: 'identity',
  method: 'delta method, Student t',
  reference: 't',
} as const

export const kappaMetric = influenceMetric({
  ...COMMON,
  name: 'kappa',
  label: "Cohen's kappa",
  influence: kappa,
})

export const mccMetric = influenceMetric({
  ...COMMON,
  name: 'mcc',
  label: "Matthews' correlation",
  influence: mcc,
})
