import { groupOf, poissonWeights } from '@sluice/statistics'
import { bootstrapEstimate } from '../estimates/estimate.js'
import { type Metric, measured, undefinedBecause, type View } from './metric.js'

export const ECE_BINS = 15
const REPLICATES = 2000
/** More rows or clusters than this are resampled in as many random groups. */
const GROUPS = 2000
/** Fixed: the same rows give the same bytes on every machine. */
const SEED = 0x5106

/**
 * Expected calibration error, variant `width15_pos`: fifteen bins of equal width over the probability of the
 * positive class, closed on the right as scikit-learn's `calibration_curve`; mean of |confidence − share
 * positive| weighted by rows. Biased upwards on few rows, so its interval is bootstrapped, with the pair of
 * models in the same replicate.
 */
export const eceMetric: Metric = {
  name: 'ece',
  label: 'calibration error',
  better: 'lower',
  tasks: ['binary'],
  needs: 'probability',
  // By simulation (test/bench): below, the bias of fifteen bins outweighs what is to be measured.
  minRows: 2000,
  measure(view) {
    if (view.rows < 2) return undefinedBecause('the calibration error needs two rows')
    const own = groupedGaps(view)
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
    const ours = groupedGaps(candidate)
    const theirs = groupedGaps(champion)
    const differences = replicates(ours.groups, (weights) => ece(ours, weights) - ece(theirs, weights))
    return measured(bootstrapEstimate(ece(ours) - ece(theirs), differences, 'Poisson bootstrap, paired'))
  },
}

/** All that the calibration error needs of each group of rows. */
interface GroupedGaps {
  readonly groups: number
  /** Rows of each group. */
  readonly rows: Float64Array
  /** Sum over a group's rows in a bin of probability − label, at `group * ECE_BINS + bin`. */
  readonly gaps: Float64Array
}

function groupedGaps({ rows, labels, scores: [scores], clusters }: View): GroupedGaps {
  const units = clusters?.count ?? rows
  const groups = Math.min(units, GROUPS)
  const found = { groups, rows: new Float64Array(groups), gaps: new Float64Array(groups * ECE_BINS) }
  for (let row = 0; row < rows; row++) {
    const unit = clusters === undefined ? row : clusters.of[row]!
    const group = units === groups ? unit : groupOf(SEED, unit, groups)
    found.rows[group]!++
    found.gaps[group * ECE_BINS + binOf(scores![row]!)]! += scores![row]! - labels[row]!
  }
  return found
}

const INNER_EDGES = Array.from({ length: ECE_BINS - 1 }, (_, i) => (i + 1) / ECE_BINS)

function binOf(p: number): number {
  let bin = Math.min(ECE_BINS - 1, Math.max(0, Math.floor(p * ECE_BINS)))
  while (bin > 0 && p <= INNER_EDGES[bin - 1]!) bin--
  while (bin < ECE_BINS - 1 && p > INNER_EDGES[bin]!) bin++
  return bin
}

/** @param weights how often each group counts; once without them */
function ece({ groups, rows, gaps }: GroupedGaps, weights?: Uint8Array): number {
  const sums = new Float64Array(ECE_BINS)
  let total = 0
  for (let group = 0; group < groups; group++) {
    const weight = weights === undefined ? 1 : weights[group]!
    if (weight === 0) continue
    total += weight * rows[group]!
    for (let bin = 0; bin < ECE_BINS; bin++) sums[bin]! += weight * gaps[group * ECE_BINS + bin]!
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
