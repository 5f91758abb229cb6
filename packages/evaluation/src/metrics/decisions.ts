import { tangoEstimate, wilsonEstimate } from '../estimates/estimate.js'
import { type Influenced, influenceMetric, ratioInfluence } from './influence.js'
import { isWeighted, type Metric, measured, undefinedBecause, type View, type Weighing } from './metric.js'

/** Predicted class of each row: the threshold for a binary task, else the first of the largest scores. */
export function predictions(view: View): Int32Array {
  if (view.predicted !== undefined) return view.predicted
  const { rows, scores, classes, threshold } = view
  const predicted = new Int32Array(rows)
  if (scores.length === 1 && classes.length === 2) {
    for (let i = 0; i < rows; i++) predicted[i] = scores[0]![i]! >= threshold ? 1 : 0
    return predicted
  }
  for (let i = 0; i < rows; i++) {
    let best = 0
    for (let c = 1; c < scores.length; c++) if (scores[c]![i]! > scores[best]![i]!) best = c
    predicted[i] = best
  }
  return predicted
}

/** Share of rows that are right, among those that `counts`; paired by Tango's score. */
function shareRight(
  declaration: Pick<Metric, 'name' | 'label' | 'tasks'>,
  counts: (label: number) => boolean,
  because: string,
): Metric {
  const influence = (view: View): Influenced => {
    const predicted = predictions(view)
    const [above, below] = [new Float64Array(view.rows), new Float64Array(view.rows)]
    for (let i = 0; i < view.rows; i++) {
      const label = view.labels[i]!
      if (!counts(label)) continue
      below[i] = 1
      if (predicted[i] === label) above[i] = 1
    }
    return ratioInfluence(above, below, because, view)
  }
  const clustered = influenceMetric({
    ...declaration,
    better: 'higher',
    needs: 'decision',
    scale: 'logit',
    method: 'Student t',
    reference: 't',
    influence,
  })
  const { both: _, ...rest } = clustered
  return {
    ...rest,
    measure(view) {
      if (view.clusters !== undefined || isWeighted(view)) return clustered.measure(view)
      const { trials, right } = count(view, predictions(view), counts)
      return trials === 0 ? undefinedBecause(because) : measured(wilsonEstimate(right, trials))
    },
    compare(candidate, champion) {
      if (candidate.clusters !== undefined || isWeighted(candidate))
        return clustered.compare(candidate, champion)
      const ours = predictions(candidate)
      const theirs = predictions(champion)
      const pairs = { pairs: 0, gained: 0, lost: 0 }
      for (let i = 0; i < candidate.rows; i++) {
        const label = candidate.labels[i]!
        if (!counts(label)) continue
        const rows = candidate.collapsed?.rows[i] ?? 1
        pairs.pairs += rows
        if (ours[i] === label && theirs[i] !== label) pairs.gained += rows
        if (ours[i] !== label && theirs[i] === label) pairs.lost += rows
      }
      return pairs.pairs === 0 ? undefinedBecause(because) : measured(tangoEstimate(pairs))
    },
  }
}

function count(view: View, predicted: Int32Array, counts: (label: number) => boolean) {
  let trials = 0
  let right = 0
  for (let i = 0; i < view.rows; i++) {
    const label = view.labels[i]!
    if (!counts(label)) continue
    const rows = view.collapsed?.rows[i] ?? 1
    trials += rows
    if (predicted[i] === label) right += rows
  }
  return { trials, right }
}

export const accuracyMetric = shareRight(
  { name: 'accuracy', label: 'accuracy', tasks: ['binary', 'multiclass'] },
  () => true,
  'accuracy needs a row; there is none',
)

export const recallMetric = shareRight(
  { name: 'recall', label: 'recall', tasks: ['binary'] },
  (label) => label === 1,
  'recall needs a positive row; there is none',
)

export const specificityMetric = shareRight(
  { name: 'specificity', label: 'specificity', tasks: ['binary'] },
  (label) => label === 0,
  'specificity needs a negative row; there is none',
)

/** Recall of class `target`. */
export function recallInfluence(
  labels: Int32Array,
  predicted: Int32Array,
  target: number,
  weighing?: Weighing,
): Influenced {
  return hitsAmong(labels, predicted, target, 'recall needs a row of the class; there is none', weighing)
}

/** Precision of class `target`. */
export function precisionInfluence(
  labels: Int32Array,
  predicted: Int32Array,
  target: number,
  weighing?: Weighing,
): Influenced {
  return hitsAmong(
    predicted,
    labels,
    target,
    'precision needs a row predicted positive; there is none',
    weighing,
  )
}

/** Of the rows that `among` has as the target, the share that `other` has so too: a ratio of counts. */
function hitsAmong(
  among: Int32Array,
  other: Int32Array,
  target: number,
  empty: string,
  weighing?: Weighing,
): Influenced {
  const [above, below] = [new Float64Array(among.length), new Float64Array(among.length)]
  // Without a branch on a class: nobody can foresee it, and a wrong guess costs more than the rest.
  for (let i = 0; i < among.length; i++) {
    const counts = among[i] === target ? 1 : 0
    below[i] = counts
    above[i] = counts & (other[i] === target ? 1 : 0)
  }
  return ratioInfluence(above, below, empty, weighing)
}

/** 2TP / (2TP + FP + FN): what one row adds below is its label plus its prediction. */
export function f1Influence(
  labels: Int32Array,
  predicted: Int32Array,
  target: number,
  weighing?: Weighing,
): Influenced {
  const [above, below] = [new Float64Array(labels.length), new Float64Array(labels.length)]
  for (let i = 0; i < labels.length; i++) {
    const sum = (labels[i] === target ? 1 : 0) + (predicted[i] === target ? 1 : 0)
    below[i] = sum
    above[i] = sum & 2
  }
  return ratioInfluence(
    above,
    below,
    'F1 needs a row that is or is predicted positive; there is none',
    weighing,
  )
}

/**
 * (1 + β²)TP / ((1 + β²)TP + β²FN + FP): recall weighs β times as much as precision (van Rijsbergen 1979).
 * @param beta above 0
 */
export function fBetaMetric(beta: number): Metric {
  const square = beta * beta
  return influenceMetric({
    name: `f${beta}`,
    label: `F${beta}`,
    better: 'higher',
    tasks: ['binary'],
    needs: 'decision',
    scale: 'logit',
    method: 'delta method, Student t',
    reference: 't',
    floor: { trials: 100, of: 'rows are positive or predicted so, counted twice where both' },
    influence(view) {
      const predicted = predictions(view)
      const [above, below] = [new Float64Array(view.rows), new Float64Array(view.rows)]
      let counted = 0
      for (let i = 0; i < view.rows; i++) {
        below[i] = square * view.labels[i]! + predicted[i]!
        counted += (view.collapsed?.rows[i] ?? 1) * (view.labels[i]! + predicted[i]!)
        if (view.labels[i] === 1 && predicted[i] === 1) above[i] = 1 + square
      }
      const because = `F${beta} needs a row that is or is predicted positive; there is none`
      const found = ratioInfluence(above, below, because, view)
      return found.state === 'undefined' ? found : { ...found, trials: counted }
    },
  })
}

export const precisionMetric = influenceMetric({
  name: 'precision',
  label: 'precision',
  better: 'higher',
  tasks: ['binary'],
  needs: 'decision',
  scale: 'logit',
  method: 'delta method, Student t',
  reference: 't',
  floor: { trials: 20, of: 'rows are predicted positive' },
  influence: (view) => precisionInfluence(view.labels, predictions(view), 1, view),
})

export const f1Metric = influenceMetric({
  name: 'f1',
  label: 'F1',
  better: 'higher',
  tasks: ['binary'],
  needs: 'decision',
  scale: 'logit',
  method: 'delta method, Student t',
  reference: 't',
  floor: { trials: 50, of: 'rows are positive or predicted so, counted twice where both' },
  influence: (view) => f1Influence(view.labels, predictions(view), 1, view),
})
