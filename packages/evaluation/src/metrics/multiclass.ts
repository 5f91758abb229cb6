import { f1Influence, precisionInfluence, predictions, recallInfluence } from './decisions.js'
import { averageInfluence, type Influenced, influenceMetric } from './influence.js'
import { rowsOf, type View } from './metric.js'
import { aucOf } from './ranking.js'

/** Classes that occur among labels or predictions, as scikit-learn averages over by default. */
function occurring(view: View, predicted: Int32Array): number[] {
  const seen = new Set<number>([...view.labels, ...predicted])
  return view.classes.map((_, c) => c).filter((c) => seen.has(c))
}

function macroF1(view: View): Influenced {
  const predicted = predictions(view)
  return averageInfluence(occurring(view, predicted).map((c) => f1Influence(view.labels, predicted, c, view)))
}

/** Values of classes weighted by each one's share of the labels, which is itself an estimate. */
function byShare(view: View, classes: readonly number[], of: (c: number) => Influenced): Influenced {
  const { labels, rows, weights } = view
  if (rows === 0) return { state: 'undefined', because: 'there is no row' }
  const psi = new Float64Array(rows)
  const weightOf = (i: number) => (weights === undefined ? 1 : weights[i]!)
  let total = 0
  for (let i = 0; i < rows; i++) total += weightOf(i)
  let value = 0
  for (const c of classes) {
    let members = 0
    for (let i = 0; i < rows; i++) if (labels[i] === c) members += weightOf(i)
    const one = of(c)
    if (one.state === 'undefined') return one
    const share = members / total
    value += share * one.value
    for (let i = 0; i < rows; i++) {
      const moved = (weightOf(i) * ((labels[i] === c ? 1 : 0) - share)) / total
      psi[i]! += moved * one.value + share * one.psi[i]!
    }
  }
  return { state: 'influenced', value, psi, trials: rowsOf(view) }
}

function weightedF1(view: View): Influenced {
  const predicted = predictions(view)
  return byShare(view, occurring(view, predicted), (c) => f1Influence(view.labels, predicted, c, view))
}

/**
 * Mean precision, or recall, over the classes that occur. A class that is never predicted has precision 0 (and one
 * without rows recall 0), as scikit-learn's `zero_division=0`: a model that ignores a class does not gain by it.
 */
function macro(view: View, influence: typeof precisionInfluence): Influenced {
  const predicted = predictions(view)
  const zero: Influenced = {
    state: 'influenced',
    value: 0,
    psi: new Float64Array(view.rows),
    trials: rowsOf(view),
  }
  const found = occurring(view, predicted).map((c) => {
    const one = influence(view.labels, predicted, c, view)
    return one.state === 'undefined' ? zero : one
  })
  return averageInfluence(found)
}

/** Mean recall over the classes that the labels hold (`balanced_accuracy_score`). */
function balancedAccuracy(view: View): Influenced {
  const predicted = predictions(view)
  const present = [...new Set(view.labels)].sort((a, b) => a - b)
  return averageInfluence(present.map((c) => recallInfluence(view.labels, predicted, c, view)))
}

/** Mean over all declared classes of "this class against the rest"; undefined when one of them is absent. */
function ovrAuc(view: View): Influenced {
  const found: Influenced[] = []
  for (const [c, name] of view.classes.entries()) {
    const one = aucOf(view.labels, view.scores[c]!, c, view)
    if (one.state === 'undefined') return { state: 'undefined', because: `class ${name}: ${one.because}` }
    found.push(one)
  }
  return averageInfluence(found)
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

export const weightedOvrAucMetric = influenceMetric({
  ...COMMON,
  name: 'weighted_ovr_auc',
  label: 'one-versus-rest AUC, weighted by class',
  needs: 'ranking',
  method: 'DeLong, averaged',
  reference: 'normal',
  influence: (view) =>
    byShare(
      view,
      view.classes.map((_, c) => c),
      (c) => aucOf(view.labels, view.scores[c]!, c, view),
    ),
})

const DELTA = { needs: 'decision', method: 'delta method, Student t', reference: 't' } as const

export const macroPrecisionMetric = influenceMetric({
  ...COMMON,
  ...DELTA,
  name: 'macro_precision',
  label: 'macro precision',
  influence: (view) => macro(view, precisionInfluence),
})

export const macroRecallMetric = influenceMetric({
  ...COMMON,
  ...DELTA,
  name: 'macro_recall',
  label: 'macro recall',
  influence: (view) => macro(view, recallInfluence),
})

export const balancedAccuracyMetric = influenceMetric({
  ...COMMON,
  ...DELTA,
  tasks: ['binary', 'multiclass'],
  name: 'balanced_accuracy',
  label: 'balanced accuracy',
  influence: balancedAccuracy,
})
