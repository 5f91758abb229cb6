import { quantile } from '@sluice/statistics'
import { BinnedGaps } from './binned-gaps.js'
import { type Metric, measured, undefinedBecause, type View } from './metric.js'

/** How an expected calibration error is made; its name says it all: `ece_width15_pos`. */
export interface EceVariant {
  /** Bins of equal width over [0, 1], or of equal mass: edges at the quantiles of the model's own confidences. */
  readonly bins: 'width' | 'mass'
  readonly count: number
  /** Of the probability of the positive class, or of the largest one against being right. */
  readonly of: 'pos' | 'top'
}

/**
 * Expected calibration error (Naeini et al. 2015): mean of |confidence − share right| over bins, weighted by rows. Bins
 * are closed on the right as scikit-learn's `calibration_curve`; those of equal mass stay where the rows put them.
 */
export function eceMetricOf(variant: EceVariant, name: string): Metric {
  const gapsOf = (view: View) => {
    const found = confidencesOf(view, variant.of)
    const edges =
      variant.bins === 'width' ? widthEdges(variant.count) : massEdges(found.confidences, variant.count)
    return new BinnedGaps(view, found, variant.count, (confidence) => binOf(confidence, edges))
  }
  return {
    name,
    label: 'calibration error',
    better: 'lower',
    tasks: variant.of === 'pos' ? ['binary'] : ['binary', 'multiclass'],
    needs: 'probability',
    // Below, most of what fifteen bins show is noise, whatever the model: the value would mislead its reader.
    minRows: 2000,
    measure(view) {
      if (view.rows < 2) return undefinedBecause('the calibration error needs two rows')
      return measured(gapsOf(view).estimate())
    },
    compare(candidate, champion) {
      if (candidate.rows < 2) return undefinedBecause('the calibration error needs two rows')
      return measured(gapsOf(candidate).minus(gapsOf(champion)))
    },
  }
}

/** `ece` by itself is fifteen bins of equal width over the probability of the positive class. */
export const eceMetric = eceMetricOf({ bins: 'width', count: 15, of: 'pos' }, 'ece')

function confidencesOf(
  { rows, labels, scores, classes }: View,
  of: EceVariant['of'],
): { confidences: Float64Array; outcomes: Float64Array } {
  if (of === 'pos') return { confidences: scores[0]!, outcomes: Float64Array.from(labels) }
  const [confidences, outcomes] = [new Float64Array(rows), new Float64Array(rows)]
  const binary = scores.length === 1 && classes.length === 2
  for (let row = 0; row < rows; row++) {
    let top = 0
    const probability = (c: number) =>
      binary ? (c === 1 ? scores[0]![row]! : 1 - scores[0]![row]!) : scores[c]![row]!
    for (let c = 1; c < classes.length; c++) if (probability(c) > probability(top)) top = c
    confidences[row] = probability(top)
    outcomes[row] = labels[row] === top ? 1 : 0
  }
  return { confidences, outcomes }
}

/** Inner edges of bins of equal width. */
function widthEdges(count: number): Float64Array {
  return Float64Array.from({ length: count - 1 }, (_, i) => (i + 1) / count)
}

/** Inner edges at the quantiles of the confidences (type 7, as numpy's `percentile`). */
function massEdges(confidences: Float64Array, count: number): Float64Array {
  const sorted = confidences.toSorted()
  return Float64Array.from({ length: count - 1 }, (_, i) => quantile(sorted, (i + 1) / count))
}

/** How many edges lie below: a value on an edge belongs to the bin under it. */
function binOf(p: number, edges: Float64Array): number {
  let [low, high] = [0, edges.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (edges[middle]! < p) low = middle + 1
    else high = middle
  }
  return low
}
