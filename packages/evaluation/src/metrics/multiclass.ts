import { f1Influence, predictions } from './decisions.js'
import { type Influenced, influenceMetric } from './influence.js'
import type { View } from './metric.js'
import { aucOf } from './ranking.js'

/** Classes that occur among labels or predictions, as scikit-learn averages over by default. */
function occurring(view: View, predicted: Int32Array): number[] {
  const seen = new Set<number>([...view.labels, ...predicted])
  return view.classes.map((_, c) => c).filter((c) => seen.has(c))
}

function macroF1(view: View): Influenced {
  const predicted = predictions(view)
  return average(occurring(view, predicted).map((c) => f1Influence(view.labels, predicted, c)))
}

/** F1 of each class weighted by its share of the labels, which is itself an estimate. */
function weightedF1(view: View): Influenced {
  const predicted = predictions(view)
  const psi = new Float64Array(view.rows)
  let value = 0
  for (const c of occurring(view, predicted)) {
    const f1 = f1Influence(view.labels, predicted, c)
    if (f1.state === 'undefined') return f1
    let members = 0
    for (const label of view.labels) if (label === c) members++
    const share = members / view.rows
    value += share * f1.value
    for (let i = 0; i < view.rows; i++) {
      const moved = (view.labels[i] === c ? 1 : 0) - share
      psi[i]! += (moved / view.rows) * f1.value + share * f1.psi[i]!
    }
  }
  if (view.rows === 0) return { state: 'undefined', because: 'there is no row' }
  return { state: 'influenced', value, psi, trials: view.rows }
}

/** Mean over all declared classes of "this class against the rest"; undefined when one of them is absent. */
function ovrAuc(view: View): Influenced {
  const found: Influenced[] = []
  for (const [c, name] of view.classes.entries()) {
    const one = aucOf(view.labels, view.scores[c]!, c)
    if (one.state === 'undefined') return { state: 'undefined', because: `class ${name}: ${one.because}` }
    found.push(one)
  }
  return average(found)
}

function average(all: readonly Influenced[]): Influenced {
  const [first] = all
  if (first === undefined) return { state: 'undefined', because: 'there is no row' }
  let value = 0
  let trials = Number.POSITIVE_INFINITY
  let psi: Float64Array | undefined
  for (const one of all) {
    if (one.state === 'undefined') return one
    value += one.value / all.length
    trials = Math.min(trials, one.trials)
    psi ??= new Float64Array(one.psi.length)
    for (let i = 0; i < psi.length; i++) psi[i]! += one.psi[i]! / all.length
  }
  return { state: 'influenced', value, psi: psi!, trials }
}

const COMMON = { better: 'higher', tasks: ['multiclass'], scale: 'logit' } as const

export const macroF1Metric = influenceMetric({
  ...COMMON,
  name: 'macro_f1',
  label: 'macro F1',
  needs: 'decision',
  method: 'delta method, Student t',
  reference: 't',
  influence: macroF1,
})

export const weightedF1Metric = influenceMetric({
  ...COMMON,
  name: 'weighted_f1',
  label: 'weighted F1',
  needs: 'decision',
  method: 'delta method, Student t',
  reference: 't',
  influence: weightedF1,
})

export const ovrAucMetric = influenceMetric({
  ...COMMON,
  name: 'ovr_auc',
  label: 'one-versus-rest AUC',
  needs: 'ranking',
  method: 'DeLong, averaged',
  reference: 'normal',
  influence: ovrAuc,
})
