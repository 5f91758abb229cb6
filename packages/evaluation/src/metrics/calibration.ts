import { poissonWeights } from '@sluice/statistics'
import { bootstrapEstimate } from '../estimates/estimate.js'
import { type Metric, measured, undefinedBecause, type View } from './metric.js'

export const ECE_BINS = 15
const REPLICATES = 2000
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
  task: 'binary',
  needs: 'probability',
  measure(view) {
    if (view.rows < 2) return undefinedBecause('the calibration error needs two rows')
    const [bins, gaps] = calibration(view)
    const own = replicates(view, (weights) => weightedEce(bins, gaps, weights))
    return measured(bootstrapEstimate(ece(bins, gaps), own, 'Poisson bootstrap'))
  },
  compare(candidate, champion) {
    if (candidate.rows < 2) return undefinedBecause('the calibration error needs two rows')
    const [bins, gaps] = calibration(candidate)
    const [theirBins, theirGaps] = calibration(champion)
    const differences = replicates(
      candidate,
      (weights) => weightedEce(bins, gaps, weights) - weightedEce(theirBins, theirGaps, weights),
    )
    const value = ece(bins, gaps) - ece(theirBins, theirGaps)
    return measured(bootstrapEstimate(value, differences, 'Poisson bootstrap, paired'))
  },
}

/** Bin of each row, and its probability minus its label. */
function calibration({ labels, scores: [scores] }: View): [Uint8Array, Float64Array] {
  const bins = Uint8Array.from(scores!, binOf)
  return [bins, Float64Array.from(scores!, (p, i) => p - labels[i]!)]
}

const INNER_EDGES = Array.from({ length: ECE_BINS - 1 }, (_, i) => (i + 1) / ECE_BINS)

function binOf(p: number): number {
  let bin = Math.min(ECE_BINS - 1, Math.max(0, Math.floor(p * ECE_BINS)))
  while (bin > 0 && p <= INNER_EDGES[bin - 1]!) bin--
  while (bin < ECE_BINS - 1 && p > INNER_EDGES[bin]!) bin++
  return bin
}

function ece(bins: Uint8Array, gaps: Float64Array): number {
  return weightedEce(bins, gaps, new Uint8Array(bins.length).fill(1))
}

function weightedEce(bins: Uint8Array, gaps: Float64Array, weights: Uint8Array): number {
  const sums = new Float64Array(ECE_BINS)
  let total = 0
  for (let i = 0; i < bins.length; i++) {
    const weight = weights[i]!
    total += weight
    sums[bins[i]!]! += weight * gaps[i]!
  }
  let sum = 0
  for (const gap of sums) sum += Math.abs(gap)
  return total === 0 ? Number.NaN : sum / total
}

/** Replicates of `statistic`; rows of a cluster share their weight. */
function replicates({ rows, clusters }: View, statistic: (weights: Uint8Array) => number): Float64Array {
  const units = new Uint8Array(clusters?.count ?? rows)
  const weights = clusters === undefined ? units : new Uint8Array(rows)
  const found: number[] = []
  for (let replicate = 0; replicate < REPLICATES; replicate++) {
    poissonWeights(SEED, replicate, units)
    if (clusters !== undefined) for (let i = 0; i < rows; i++) weights[i] = units[clusters.of[i]!]!
    const value = statistic(weights)
    if (!Number.isNaN(value)) found.push(value)
  }
  return Float64Array.from(found)
}
