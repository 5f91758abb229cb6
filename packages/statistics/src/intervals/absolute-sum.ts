import { normalCdf, normalDensity } from '../distributions/normal.js'
import { risingRoot } from '../numerics/root.js'

/** Estimates δ̂ of several signed numbers, of which Σ|δ| is wanted: the gaps of bins, the distance of two curves. */
export interface SignedParts {
  readonly values: Float64Array
  /** Standard error of each. */
  readonly errors: Float64Array
  /** Standard error of Σ±δ̂ under the signs that make it largest. */
  readonly spread: number
}

/** What is known of Σ|δ|. Distances are in standard errors, to be held against a normal or Student's distribution. */
export interface AbsoluteSum {
  /** Σ|δ̂|, above the truth on average wherever a δ is near 0. */
  readonly raw: number
  /** How far the estimate lies below the threshold: far, and the truth is shown to be below it. */
  below(threshold: number): number
  /** How far it lies above. */
  above(threshold: number): number
  /** The bound that the truth is above with the confidence that `distance` stands for. */
  lower(distance: number): number
  /** The bound that it is below. */
  upper(distance: number): number
}

/**
 * By simulation of 1 to 50 parts, from no δ to large ones, at 2.5 % and 0.25 %: the most by which the tail of the sum of
 * `crossed`, whose mean is never above the truth, reaches beyond that of a sum of known signs.
 */
const CROSSED = 1.1

/**
 * Bounds on Σ|δ| that hold whether the δ are all 0, all large or anything between. Σ|δ̂| is biased upwards, by an
 * amount that no estimate can take off without error (Cai & Low 2011), so each bound has its own estimate. The upper
 * one takes the least bias that a given sum can have, which is that of δ in proportion to their errors. The lower one
 * takes each sign from one half of the information and the value from the other, as two random halves of the rows would
 * on average (data fission, Rasines & Young 2023): its expectation never exceeds the truth.
 */
export function absoluteSum(parts: SignedParts): AbsoluteSum {
  const { spread } = parts
  const { crossed, raw } = sumsOf(parts)
  const reach = CROSSED * spread
  const errors = parts.errors.reduce((sum, error) => sum + error, 0)
  const expectation = (sum: number) => (errors > 0 ? errors * foldedMean(sum / errors) : sum)
  return {
    raw,
    // The raw value is what a reader sees: no bound calls it too large.
    below: (threshold) =>
      threshold < raw ? Number.NEGATIVE_INFINITY : distance(expectation(threshold) - raw, spread),
    above: (threshold) => distance(crossed - threshold, reach),
    lower: (z) => Math.max(0, crossed - z * reach),
    upper(z) {
      const most = raw + z * spread
      return most > expectation(raw) ? risingRoot((sum) => expectation(sum) - most, raw, most) : raw
    },
  }
}

/**
 * The same for Σ|δ| − Σ|ε|. Of each bound one sum is the raw one and the other the crossed one, so that neither's bias
 * can pass for a difference.
 * @param spread standard error of the difference under the signs that make it largest
 */
export function absoluteSumDifference(
  a: Omit<SignedParts, 'spread'>,
  b: Omit<SignedParts, 'spread'>,
  spread: number,
): AbsoluteSum {
  const [ours, theirs] = [sumsOf(a), sumsOf(b)]
  const [least, most] = [ours.crossed - theirs.raw, ours.raw - theirs.crossed]
  const reach = CROSSED * spread
  return {
    raw: ours.raw - theirs.raw,
    below: (threshold) => distance(threshold - most, reach),
    above: (threshold) => distance(least - threshold, reach),
    lower: (z) => least - z * reach,
    upper: (z) => most + z * reach,
  }
}

function sumsOf({ errors, values }: Omit<SignedParts, 'spread'>): { raw: number; crossed: number } {
  const sums = { raw: 0, crossed: 0 }
  for (let i = 0; i < values.length; i++) {
    const [size, error] = [Math.abs(values[i]!), errors[i]!]
    sums.raw += size
    sums.crossed += error > 0 ? error * crossed(size / error) : size
  }
  return sums
}

/** E|δ̂| in standard errors, of a δ of so many (the folded normal distribution). */
function foldedMean(delta: number): number {
  return 2 * normalDensity(delta) + delta * (1 - 2 * normalCdf(-delta))
}

/** |δ̂| with its sign from one half of the information: E over ξ of sign(x + ξ)(x − ξ), x and ξ in standard errors. */
function crossed(x: number): number {
  return x * (1 - 2 * normalCdf(-x)) - 2 * normalDensity(x)
}

/** What |δ̂| of one standard error exceeds |δ| by on average. */
export function foldedBias(delta: number): number {
  return foldedMean(delta) - delta
}

function distance(from: number, error: number): number {
  if (error > 0) return from / error
  return from > 0 ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY
}
