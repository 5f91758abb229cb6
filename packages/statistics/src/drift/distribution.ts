import { ascendingOrder } from '../ranks/order.js'
import { type Mass, massOf, smallSample, type Weighing } from './weighing.js'

/** An empirical distribution function, at the values where it steps. */
export interface Distribution {
  readonly mass: Mass
  /** Different values, rising. */
  readonly at: Float64Array
  /** Share of weight up to and with each. */
  readonly share: Float64Array
  /** Variance of that share, by rows or clusters. */
  readonly variance: Float64Array
  /** Variance of the mean of a quantity that each value has one of. */
  varianceOfMean(quantity: Float64Array): number
}

/**
 * The distribution of a sample, with the error of every step. Weights of clusters are kept as running sums while the
 * values rise: Σ(c − F·W)² over clusters with c of their weight W so far is Σc² − 2FΣcW + F²ΣW².
 * @param values finite, in any order, at least one
 */
export function distributionOf(values: Float64Array, weighing: Weighing = {}): Distribution {
  const { clusters, weights } = weighing
  const mass = massOf(values.length, weighing)
  const small = smallSample(mass.units)
  const order = ascendingOrder(values).rows
  const whole = clusters === undefined ? undefined : new Float64Array(clusters.count)
  if (clusters !== undefined && whole !== undefined)
    for (let row = 0; row < values.length; row++) whole[clusters.of[row]!]! += weights?.[row] ?? 1
  const wholeSquares = whole === undefined ? mass.squares : whole.reduce((sum, one) => sum + one * one, 0)
  const soFar = new Float64Array(whole?.length ?? 0)
  const [at, share, variance] = [
    new Float64Array(order.length),
    new Float64Array(order.length),
    new Float64Array(order.length),
  ]
  const stepOf = new Int32Array(values.length)
  let [steps, sum, squares, crossed] = [0, 0, 0, 0]
  for (let place = 0; place < order.length; place++) {
    const row = order[place]!
    const weight = weights?.[row] ?? 1
    sum += weight
    if (clusters === undefined || whole === undefined) {
      squares += weight * weight
      crossed = squares
    } else {
      const cluster = clusters.of[row]!
      squares += (2 * soFar[cluster]! + weight) * weight
      crossed += weight * whole[cluster]!
      soFar[cluster]! += weight
    }
    stepOf[row] = steps
    if (place + 1 < order.length && values[order[place + 1]!] === values[row]) continue
    const below = place + 1 === order.length ? 1 : sum / mass.total
    at[steps] = values[row]!
    share[steps] = below
    variance[steps] =
      (small * Math.max(0, squares - 2 * below * crossed + below * below * wholeSquares)) / mass.total ** 2
    steps++
  }
  return {
    mass,
    at: at.slice(0, steps),
    share: share.slice(0, steps),
    variance: variance.slice(0, steps),
    varianceOfMean(quantity) {
      let mean = 0
      for (let row = 0; row < values.length; row++)
        mean += ((weights?.[row] ?? 1) / mass.total) * quantity[stepOf[row]!]!
      const sums = new Float64Array(clusters?.count ?? values.length)
      for (let row = 0; row < values.length; row++)
        sums[clusters?.of[row] ?? row]! +=
          ((weights?.[row] ?? 1) / mass.total) * (quantity[stepOf[row]!]! - mean)
      return small * sums.reduce((total, one) => total + one * one, 0)
    },
  }
}
