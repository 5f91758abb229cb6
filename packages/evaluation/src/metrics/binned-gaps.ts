import { absoluteSum, absoluteSumDifference, groupOf } from '@sluice/statistics'
import { absoluteSumEstimate } from '../estimates/absolute-sum.js'
import { type Estimate, symmetricEstimate } from '../estimates/estimate.js'
import type { View } from './metric.js'

/** More rows or clusters than this count as so many random groups, whose spread is the same. */
const GROUPS = 2000
/** Fixed: the same rows give the same bytes on every machine. */
const SEED = 0x5106
/** From so many standard errors on, the sign of a gap is known. */
const SIGNED = 3
/** The usual two standard errors. */
const PLANNED = 1.96

/**
 * Gaps between confidence and outcome, summed by bin as shares of all rows, with how much each cluster of rows moves
 * each of them.
 */
export class BinnedGaps {
  readonly values: Float64Array
  readonly errors: Float64Array
  /** At `group * bins + bin`: what a group adds to a gap beyond its share. */
  readonly influence: Float64Array
  readonly groups: number
  readonly bins: number
  /** G/(G−1). */
  readonly small: number

  constructor(
    { clusters, rows, weights }: View,
    { confidences, outcomes }: { readonly confidences: Float64Array; readonly outcomes: Float64Array },
    bins: number,
    binOf: (confidence: number) => number,
  ) {
    const units = clusters?.count ?? rows
    const groups = Math.min(units, GROUPS)
    const mass = new Float64Array(groups)
    const gaps = new Float64Array(groups * bins)
    const [inBin, right, squares] = [new Float64Array(bins), new Float64Array(bins), new Float64Array(bins)]
    let [total, alone] = [0, 0]
    for (let row = 0; row < rows; row++) {
      const unit = clusters === undefined ? row : clusters.of[row]!
      const group = units === groups ? unit : groupOf(SEED, unit, groups)
      const bin = binOf(confidences[row]!)
      const weight = weights === undefined ? 1 : weights[row]!
      mass[group]! += weight
      total += weight
      const gap = weight * (confidences[row]! - outcomes[row]!)
      gaps[group * bins + bin]! += gap
      alone += gap ** 2
      inBin[bin]! += weight
      right[bin]! += weight * outcomes[row]!
      squares[bin]! += weight * weight
    }
    this.bins = bins
    this.groups = groups
    this.small = groups / (groups - 1)
    this.values = new Float64Array(bins)
    for (let at = 0; at < gaps.length; at++) this.values[at % bins]! += gaps[at]! / total
    this.influence = gaps.map((gap, at) => {
      const expected = this.values[at % bins]! * mass[Math.floor(at / bins)]!
      return (gap - expected) / total
    })
    const variances = this.#variances((at) => this.influence[at]!)
    // How many rows of a cluster count as one that stands alone.
    const design = Math.max(1, (sumOf(variances) * total ** 2) / alone || 1)
    this.errors = variances.map((variance, bin) => {
      const least = leastVariance(inBin[bin]!, right[bin]!, design * squares[bin]!) / total ** 2
      return Math.sqrt(Math.max(variance, least))
    })
  }

  /** Σ|gap|, with bounds that hold from perfect calibration to none. */
  estimate(): Estimate {
    const { errors, influence, values } = this
    // Which signs small gaps have is not known: as those of independent bins, or as they were seen.
    const spread = Math.sqrt(
      Math.max(
        sumOf(errors.map((error) => error ** 2)),
        this.#together((at, bin) => Math.sign(values[bin]!) * influence[at]!),
        this.#together((at) => influence[at]!),
      ),
    )
    const bounds = absoluteSum({ values, errors, spread })
    return absoluteSumEstimate(bounds, spread, 'bounds of a sum of absolute gaps', this.groups - 1)
  }

  /** Its difference from that of another model on the same rows. */
  minus(other: BinnedGaps): Estimate {
    const method = 'bounds of a difference of sums of absolute gaps, paired'
    if (this.#sameAs(other)) return symmetricEstimate(0, 0, method)
    const signed = (at: number, bin: number) =>
      Math.sign(this.values[bin]!) * this.influence[at]! -
      Math.sign(other.values[bin]!) * other.influence[at]!
    const known = this.#variances((at, bin) => signed(at, bin))
    const sum = this.#variances((at) => this.influence[at]! + other.influence[at]!)
    const difference = this.#variances((at) => this.influence[at]! - other.influence[at]!)
    const independent = known.reduce((total, variance, bin) => {
      const certain = [this, other].every(
        ({ errors, values }) => Math.abs(values[bin]!) >= SIGNED * errors[bin]!,
      )
      return total + (certain ? variance : Math.max(sum[bin]!, difference[bin]!))
    }, 0)
    const spread = Math.sqrt(Math.max(independent, this.#together(signed)))
    const bounds = absoluteSumDifference(this, other, spread)
    // What a plan must reckon with is half the interval, which the bias of both makes wider than its spread.
    const half = (bounds.upper(PLANNED) - bounds.lower(PLANNED)) / (2 * PLANNED)
    return absoluteSumEstimate(bounds, half, method, this.groups - 1)
  }

  /** Two models that agree on every row have no difference, and no error of it. */
  #sameAs({ influence, values }: BinnedGaps): boolean {
    return (
      this.values.every((value, bin) => value === values[bin]) &&
      this.influence.every((moved, at) => moved === influence[at])
    )
  }

  /** Variance of each bin's sum over the groups. */
  #variances(of: (at: number, bin: number) => number): Float64Array {
    const squares = new Float64Array(this.bins)
    for (let at = 0; at < this.influence.length; at++) squares[at % this.bins]! += of(at, at % this.bins) ** 2
    return squares.map((square) => this.small * square)
  }

  /** Variance of the sum over groups and bins. */
  #together(of: (at: number, bin: number) => number): number {
    let squares = 0
    for (let group = 0; group < this.groups; group++) {
      let sum = 0
      for (let bin = 0; bin < this.bins; bin++) sum += of(group * this.bins + bin, bin)
      squares += sum ** 2
    }
    return this.small * squares
  }
}

function sumOf(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0)
}

/**
 * A bin in which everything came true, or nothing, shows no spread: two more rows of either kind (Agresti & Coull 1998)
 * give the least variance that its sum of gaps may have.
 */
function leastVariance(weight: number, right: number, squares: number): number {
  if (!(weight > 0)) return 0
  const rows = weight ** 2 / squares
  const share = ((right / weight) * rows + 2) / (rows + 4)
  return share * (1 - share) * squares
}
