import { f1Influence } from './decisions.js'
import {
  averageInfluence,
  type Influenced,
  influenceMetric,
  meanInfluence,
  ratioInfluence,
} from './influence.js'
import type { View } from './metric.js'
import { aucOf, averagePrecisionOf } from './ranking.js'

/** Whether each row is predicted to have each class. */
function predictedOf({ scores, threshold }: View): Int32Array[] {
  return scores.map((column) => Int32Array.from(column, (score) => (score >= threshold ? 1 : 0)))
}

/** One value a row from its true, predicted and common classes. */
function byRow(view: View, value: (truth: number, predicted: number, both: number) => number): Influenced {
  const predicted = predictedOf(view)
  const values = Float64Array.from({ length: view.rows }, (_, row) => {
    let [truth, positive, both] = [0, 0, 0]
    for (const [c, column] of view.truths!.entries()) {
      truth += column[row]!
      positive += predicted[c]![row]!
      both += column[row]! & predicted[c]![row]!
    }
    return value(truth, positive, both)
  })
  return meanInfluence(values, view)
}

/** A ratio of counts over all classes together. */
function micro(
  view: View,
  above: (both: number) => number,
  below: (truth: number, predicted: number) => number,
) {
  const predicted = predictedOf(view)
  const [top, bottom] = [new Float64Array(view.rows), new Float64Array(view.rows)]
  for (const [c, column] of view.truths!.entries()) {
    for (let row = 0; row < view.rows; row++) {
      top[row]! += above(column[row]! & predicted[c]![row]!)
      bottom[row]! += below(column[row]!, predicted[c]![row]!)
    }
  }
  return ratioInfluence(top, bottom, 'no row has or is predicted any class', view)
}

/** Mean F1 of the classes that occur or are predicted: one that does neither says nothing (`zero_division=nan`). */
function macroF1(view: View): Influenced {
  const predicted = predictedOf(view)
  const all = view.truths!.map((truth, c) => f1Influence(truth, predicted[c]!, 1, view))
  return averageInfluence(all.filter((one) => one.state === 'influenced'))
}

/** Mean over the classes; undefined when one of them is, and the class is named. */
function overClasses(view: View, of: (truth: Int32Array, scores: Float64Array) => Influenced): Influenced {
  const all = view.truths!.map((truth, c): Influenced => {
    const one = of(truth, view.scores[c]!)
    return one.state === 'undefined' ? { ...one, because: `class ${view.classes[c]}: ${one.because}` } : one
  })
  return averageInfluence(all)
}

/**
 * Label ranking average precision (Schapire & Singer 2000; `label_ranking_average_precision_score`): over a row's true
 * classes, the share of true ones among those scored at least as high. 1 for a row with no or with every class.
 */
function rankingPrecision(view: View): Influenced {
  const { scores, truths, rows } = view
  const values = Float64Array.from({ length: rows }, (_, row) => {
    const trueOnes = truths!.flatMap((column, c) => (column[row] === 1 ? [c] : []))
    if (trueOnes.length === 0 || trueOnes.length === truths!.length) return 1
    let sum = 0
    for (const c of trueOnes) {
      const score = scores[c]![row]!
      const rank = scores.reduce((count, column) => count + (column[row]! >= score ? 1 : 0), 0)
      sum += trueOnes.reduce((count, other) => count + (scores[other]![row]! >= score ? 1 : 0), 0) / rank
    }
    return sum / trueOnes.length
  })
  return meanInfluence(values, view)
}

const COMMON = {
  better: 'higher',
  tasks: ['multilabel'],
  needs: 'decision',
  scale: 'logit',
  method: 'Student t',
  reference: 't',
} as const
const DELTA = { ...COMMON, method: 'delta method, Student t' } as const

export const MULTILABEL_METRICS = {
  subset_accuracy: influenceMetric({
    ...COMMON,
    name: 'subset_accuracy',
    label: 'subset accuracy',
    influence: (view) =>
      byRow(view, (truth, predicted, both) => (truth === both && predicted === both ? 1 : 0)),
  }),
  hamming_loss: influenceMetric({
    ...COMMON,
    name: 'hamming_loss',
    label: 'Hamming loss',
    better: 'lower',
    influence: (view) =>
      byRow(view, (truth, predicted, both) => (truth + predicted - 2 * both) / view.classes.length),
  }),
  /** A row without true and without predicted classes is right: 1 (`zero_division=1`). */
  samples_f1: influenceMetric({
    ...COMMON,
    name: 'samples_f1',
    label: 'F1 of a row',
    influence: (view) =>
      byRow(view, (truth, predicted, both) =>
        truth + predicted === 0 ? 1 : (2 * both) / (truth + predicted),
      ),
  }),
  micro_f1: influenceMetric({
    ...DELTA,
    name: 'micro_f1',
    label: 'micro F1',
    influence: (view) =>
      micro(
        view,
        (both) => 2 * both,
        (truth, predicted) => truth + predicted,
      ),
  }),
  micro_precision: influenceMetric({
    ...DELTA,
    name: 'micro_precision',
    label: 'micro precision',
    influence: (view) =>
      micro(
        view,
        (both) => both,
        (_, predicted) => predicted,
      ),
  }),
  micro_recall: influenceMetric({
    ...DELTA,
    name: 'micro_recall',
    label: 'micro recall',
    influence: (view) =>
      micro(
        view,
        (both) => both,
        (truth) => truth,
      ),
  }),
  multilabel_macro_f1: influenceMetric({
    ...DELTA,
    name: 'multilabel_macro_f1',
    label: 'macro F1 over labels',
    influence: macroF1,
  }),
  multilabel_macro_auc: influenceMetric({
    ...COMMON,
    name: 'multilabel_macro_auc',
    label: 'macro AUC over labels',
    needs: 'ranking',
    method: 'DeLong, averaged',
    reference: 'normal',
    influence: (view) => overClasses(view, (truth, scores) => aucOf(truth, scores, 1, view)),
  }),
  multilabel_macro_average_precision: influenceMetric({
    ...COMMON,
    name: 'multilabel_macro_average_precision',
    label: 'macro average precision over labels',
    needs: 'ranking',
    method: 'infinitesimal jackknife, averaged',
    influence: (view) => overClasses(view, (truth, scores) => averagePrecisionOf(truth, scores, view)),
  }),
  lrap: influenceMetric({
    ...COMMON,
    name: 'lrap',
    label: 'label ranking average precision',
    needs: 'ranking',
    influence: rankingPrecision,
  }),
}
