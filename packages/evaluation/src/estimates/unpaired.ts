import type { Estimate } from './estimate.js'

/** P-values below this are given as it. */
const LEAST = 1e-12
const STEPS = 60

/**
 * Difference of two estimates of different rows, `ours` − `theirs`: the interval is made of both intervals, whatever
 * their shape, and so keeps degrees of freedom, logit scales and scores (MOVER; Zou & Donner 2008, Statistics in
 * Medicine 27:1693, formula 1; for two proportions by Wilson it is Newcombe 1998, method 10). P-values invert it.
 */
export function unpairedEstimate(ours: Estimate, theirs: Estimate): Estimate {
  const value = ours.value - theirs.value
  const interval = (level: number) => {
    const [a, b] = [ours.interval(level), theirs.interval(level)]
    return {
      low: value - Math.hypot(ours.value - a.low, b.high - theirs.value),
      high: value + Math.hypot(a.high - ours.value, theirs.value - b.low),
    }
  }
  /** The greatest one-sided p-value at which the interval ends on the other side of the threshold. */
  const shown = (beyond: (p: number) => boolean): number => {
    if (!beyond(0.5)) return 0.5
    let [no, yes] = [Math.log(LEAST), Math.log(0.5)]
    if (beyond(LEAST)) return LEAST
    for (let step = 0; step < STEPS; step++) {
      const middle = (no + yes) / 2
      if (beyond(Math.exp(middle))) yes = middle
      else no = middle
    }
    return Math.exp(yes)
  }
  const below = (threshold: number) => shown((p) => interval(1 - 2 * p).high < threshold)
  const above = (threshold: number) => shown((p) => interval(1 - 2 * p).low > threshold)
  return {
    value,
    standardError: Math.hypot(ours.standardError, theirs.standardError),
    method: `${ours.method} and ${theirs.method}, unpaired`,
    interval,
    below: (threshold) => (value < threshold ? below(threshold) : 1 - above(threshold)),
    above: (threshold) => (value > threshold ? above(threshold) : 1 - below(threshold)),
  }
}
