import { influenceSpread, normalCdf, normalQuantile } from '@sluice/statistics'
import { type Estimate, symmetricEstimate } from '../estimates/estimate.js'
import { type Influenced, meanInfluence } from './influence.js'
import { type Measured, type Metric, measured, undefinedBecause, type View } from './metric.js'

type Declared = Pick<Metric, 'name' | 'label' | 'better' | 'tasks' | 'needs' | 'column'> & {
  /** In (0, 1). */
  readonly p: number
  /** One value a row, or why there is none. */
  values(view: View): Float64Array | string
}

/** Rows of values in rising order with the share of the weight up to each. */
interface Cumulated {
  readonly sorted: Float64Array
  readonly shares: Float64Array
}

/**
 * A quantile of one value a row: Hyndman & Fan's type 7 as numpy's default, with weights the inverted distribution
 * (numpy's `inverted_cdf`). Its interval inverts that of the share of rows at or below it (Woodruff 1952), so weights
 * and clusters enter as they do for a mean; the difference of two scales those influences by the same interval
 * (Francisco & Fuller 1991).
 */
export function quantileMetric(declared: Declared): Metric {
  const { values, p, ...rest } = declared
  return {
    ...rest,
    influence(view): Influenced {
      const found = values(view)
      if (typeof found === 'string') return { state: 'undefined', because: found }
      const { estimate, psi } = estimateOf(view, found, p)
      return { state: 'influenced', value: estimate.value, psi, trials: view.rows }
    },
    measure(view): Measured {
      const found = values(view)
      return typeof found === 'string'
        ? undefinedBecause(found)
        : measured(estimateOf(view, found, p).estimate)
    },
    compare(candidate, champion): Measured {
      const [ours, theirs] = [values(candidate), values(champion)]
      if (typeof ours === 'string') return undefinedBecause(ours)
      if (typeof theirs === 'string') return undefinedBecause(theirs)
      const [a, b] = [estimateOf(candidate, ours, p), estimateOf(champion, theirs, p)]
      const psi = a.psi.map((one, i) => one - b.psi[i]!)
      const { standardError, df } = influenceSpread(psi, candidate.clusters)
      const how = `Woodruff, paired${candidate.clusters === undefined ? '' : ' and clustered'}`
      const difference = symmetricEstimate(a.estimate.value - b.estimate.value, standardError, how, df)
      const weak = a.estimate.weak ?? b.estimate.weak
      return measured(weak === undefined ? difference : { ...difference, weak })
    },
  }
}

/** Rows expected beyond a quantile, under which its interval runs into the largest of them. */
const BEYOND = 5

/** The interval is scaled to a standard error at this level. */
const LEVEL = 0.95

function estimateOf(view: View, values: Float64Array, p: number): { estimate: Estimate; psi: Float64Array } {
  const all = cumulate(values, view.weights)
  const value = view.weights === undefined ? typeSeven(all.sorted, p) : at(all, p)
  const below = meanInfluence(
    values.map((one) => (one <= value ? 1 : 0)),
    view,
  )
  if (below.state === 'undefined')
    return { estimate: symmetricEstimate(Number.NaN, Number.NaN, ''), psi: values }
  // Of a constant share nothing is known but the number of rows: the binomial's error then.
  const error = Math.max(
    influenceSpread(below.psi, view.clusters).standardError,
    below.value > 0 && below.value < 1 ? 0 : Math.sqrt((p * (1 - p)) / below.trials),
  )
  const interval = (level: number) => {
    const reach = -error * normalQuantile((1 - level) / 2)
    return { low: Math.min(value, at(all, p - reach)), high: Math.max(value, at(all, p + reach)) }
  }
  const { low, high } = interval(LEVEL)
  const standardError = (high - low) / (-2 * normalQuantile((1 - LEVEL) / 2))
  const beyond = Math.min(p, 1 - p)
  const weak = below.trials * beyond < BEYOND
  const tail = (distance: number) => (error === 0 ? (distance > 0 ? 0 : 1) : normalCdf(-distance / error))
  return {
    estimate: {
      value,
      standardError,
      method: view.clusters === undefined ? 'Woodruff' : 'Woodruff, clustered',
      interval,
      below: (threshold) => tail(shareBelow(all, threshold, false) - p),
      above: (threshold) => tail(p - shareBelow(all, threshold, true)),
      ...(weak && {
        weak: `${below.trials} rows; this percentile needs ${Math.ceil(BEYOND / beyond)} to decide`,
      }),
    },
    psi: below.psi.map((one) => (error === 0 ? 0 : -one * (standardError / error))),
  }
}

function cumulate(values: Float64Array, weights: Float64Array | undefined): Cumulated {
  if (weights === undefined) {
    const sorted = values.toSorted()
    return { sorted, shares: sorted.map((_, i) => (i + 1) / sorted.length) }
  }
  const order = [...values.keys()].filter((i) => weights[i]! > 0).sort((i, j) => values[i]! - values[j]!)
  const total = order.reduce((sum, i) => sum + weights[i]!, 0)
  let sum = 0
  return {
    sorted: Float64Array.from(order, (i) => values[i]!),
    shares: Float64Array.from(order, (i) => {
      sum += weights[i]!
      return sum / total
    }),
  }
}

/** The least value with at least the share `p` at or below it. */
function at({ sorted, shares }: Cumulated, p: number): number {
  let [low, high] = [0, sorted.length - 1]
  while (low < high) {
    const middle = (low + high) >> 1
    if (shares[middle]! >= p - 1e-12) high = middle
    else low = middle + 1
  }
  return sorted[low] ?? Number.NaN
}

function typeSeven(sorted: Float64Array, p: number): number {
  const position = (sorted.length - 1) * p
  const below = Math.floor(position)
  const low = sorted[below] ?? Number.NaN
  const high = sorted[Math.min(below + 1, sorted.length - 1)] ?? Number.NaN
  return low + (high - low) * (position - below)
}

function shareBelow({ sorted, shares }: Cumulated, threshold: number, inclusive: boolean): number {
  let [low, high] = [0, sorted.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (sorted[middle]! < threshold || (inclusive && sorted[middle] === threshold)) low = middle + 1
    else high = middle
  }
  return low === 0 ? 0 : shares[low - 1]!
}
