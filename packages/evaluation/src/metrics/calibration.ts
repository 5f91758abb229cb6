import { groupOf, poissonWeights, quantile } from '@sluice/statistics'
import { bootstrapEstimate } from '../estimates/estimate.js'
import { type Metric, measured, undefinedBecause, type View } from './metric.js'

const REPLICATES = 2000
/** More rows or clusters than this are resampled in as many random groups. */
const GROUPS = 2000
/** Fixed: the same rows give the same bytes on every machine. */
const SEED = 0x5106

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
 * are closed on the right as scikit-learn's `calibration_curve`. Biased upwards on few rows, so its interval is
 * bootstrapped, with the pair of models in the same replicate; bins of equal mass stay where the rows put them.
 */
export function eceMetricOf(variant: EceVariant, name: string): Metric {
  return {
    name,
    label: 'calibration error',
    better: 'lower',
    tasks: variant.of === 'pos' ? ['binary'] : ['binary', 'multiclass'],
    needs: 'probability',
    // By simulation (test/bench): below, the bias of fifteen bins outweighs what is to be measured.
    minRows: 2000,
    measure(view) {
      if (view.rows < 2) return undefinedBecause('the calibration error needs two rows')
      const own = groupedGaps(view, variant)
      return measured(
        bootstrapEstimate(
          ece(own),
          replicates(own.groups, (weights) => ece(own, weights)),
          'Poisson bootstrap',
        ),
      )
    },
    compare(candidate, champion) {
      if (candidate.rows < 2) return undefinedBecause('the calibration error needs two rows')
      const ours = groupedGaps(candidate, variant)
      const theirs = groupedGaps(champion, variant)
      const differences = replicates(ours.groups, (weights) => ece(ours, weights) - ece(theirs, weights))
      return measured(bootstrapEstimate(ece(ours) - ece(theirs), differences, 'Poisson bootstrap, paired'))
    },
  }
}

/** `ece` by itself is fifteen bins of equal width over the probability of the positive class. */
export const eceMetric = eceMetricOf({ bins: 'width', count: 15, of: 'pos' }, 'ece')

/** All that the calibration error needs of each group of rows. */
interface GroupedGaps {
  readonly groups: number
  readonly bins: number
  /** Weight of the rows of each group. */
  readonly rows: Float64Array
  /** Weighted sum over a group's rows in a bin of confidence − outcome, at `group * bins + bin`. */
  readonly gaps: Float64Array
}

function groupedGaps(view: View, variant: EceVariant): GroupedGaps {
  const { rows, clusters, weights } = view
  const { confidences, outcomes } = confidencesOf(view, variant.of)
  const edges = variant.bins === 'width' ? widthEdges(variant.count) : massEdges(confidences, variant.count)
  const units = clusters?.count ?? rows
  const groups = Math.min(units, GROUPS)
  const bins = variant.count
  const found = { groups, bins, rows: new Float64Array(groups), gaps: new Float64Array(groups * bins) }
  for (let row = 0; row < rows; row++) {
    const unit = clusters === undefined ? row : clusters.of[row]!
    const group = units === groups ? unit : groupOf(SEED, unit, groups)
    const weight = weights === undefined ? 1 : weights[row]!
    found.rows[group]! += weight
    found.gaps[group * bins + binOf(confidences[row]!, edges)]! +=
      weight * (confidences[row]! - outcomes[row]!)
  }
  return found
}

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

/** @param weights how often each group counts; once without them */
function ece({ groups, bins, rows, gaps }: GroupedGaps, weights?: Uint8Array): number {
  const sums = new Float64Array(bins)
  let total = 0
  for (let group = 0; group < groups; group++) {
    const weight = weights === undefined ? 1 : weights[group]!
    if (weight === 0) continue
    total += weight * rows[group]!
    for (let bin = 0; bin < bins; bin++) sums[bin]! += weight * gaps[group * bins + bin]!
  }
  let sum = 0
  for (const gap of sums) sum += Math.abs(gap)
  return total === 0 ? Number.NaN : sum / total
}

/** Values of `statistic` over the replicates; one that drew no row at all has none. */
function replicates(groups: number, statistic: (weights: Uint8Array) => number): Float64Array {
  const weights = new Uint8Array(groups)
  const found: number[] = []
  for (let replicate = 0; replicate < REPLICATES; replicate++) {
    poissonWeights(SEED, replicate, weights)
    const value = statistic(weights)
    if (!Number.isNaN(value)) found.push(value)
  }
  return Float64Array.from(found)
}
