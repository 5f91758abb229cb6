import {
  aucStatistic,
  type DiscordantPairs,
  type Interval,
  newcombeAucInterval,
  normalCdf,
  normalQuantile,
  studentCdf,
  studentQuantile,
  tangoInterval,
  tangoLowerTail,
  tangoVariance,
  wilsonInterval,
} from '@sluice/statistics'

/** A number with what is known of its error: a metric, or the difference of one between two models. */
export interface Estimate {
  readonly value: number
  readonly standardError: number
  /** How the interval is made, as a reader would look it up. */
  readonly method: string
  /** Two-sided interval; its ends are the one-sided bounds of half its error probability each. */
  interval(level: number): Interval
  /** One-sided p-value of "it is at least `threshold`": small when it is shown to be below. */
  below(threshold: number): number
  /** One-sided p-value of "it is at most `threshold`": small when it is shown to be above. */
  above(threshold: number): number
  /** Why it is too uncertain to decide by: it is shown, and nothing rests on it. */
  readonly weak?: string
  /** Variance of a row's difference between equal models where the truth is so far off: what a score test plans with. */
  nullVariance?(effect: number): number
}

/**
 * A symmetric estimate: normal, or Student's t with `df` degrees of freedom. One without spread (two models
 * that agree on every row) is taken as exact.
 */
export function symmetricEstimate(
  value: number,
  standardError: number,
  method: string,
  df?: number,
): Estimate {
  const reach = (level: number) =>
    standardError === 0
      ? 0
      : -standardError *
        (df === undefined ? normalQuantile((1 - level) / 2) : studentQuantile((1 - level) / 2, df))
  const tail = (distance: number) => {
    if (standardError === 0) return distance < 0 ? 0 : 1
    const t = distance / standardError
    return df === undefined ? normalCdf(t) : studentCdf(t, df)
  }
  return {
    value,
    standardError,
    method,
    interval: (level) => ({ low: value - reach(level), high: value + reach(level) }),
    below: (threshold) => tail(value - threshold),
    above: (threshold) => tail(threshold - value),
  }
}

/**
 * An estimate within (0, 1) whose error is symmetric on the logit scale, so that no bound leaves (0, 1).
 * At exactly 0 or 1 that scale has no spread: Wilson's interval of `trials` trials takes its place.
 */
export function logitEstimate(
  value: number,
  standardError: number,
  method: string,
  trials: number,
  df?: number,
): Estimate {
  if (!(value > 0 && value < 1)) return wilsonEstimate(Math.round(value) * trials, trials)
  const inner = symmetricEstimate(logit(value), standardError / (value * (1 - value)), method, df)
  return {
    value,
    standardError,
    method: `${method}, logit scale`,
    interval: (level) => {
      const { low, high } = inner.interval(level)
      return { low: logistic(low), high: logistic(high) }
    },
    below: (threshold) => inner.below(logit(threshold)),
    above: (threshold) => inner.above(logit(threshold)),
  }
}

/** A proportion by Wilson's score; `below` and `above` are the score test that the interval inverts. */
export function wilsonEstimate(successes: number, trials: number): Estimate {
  const value = successes / trials
  const score = (threshold: number) => {
    if (threshold <= 0 || threshold >= 1) return (value - threshold) * Number.POSITIVE_INFINITY
    return (value - threshold) / Math.sqrt((threshold * (1 - threshold)) / trials)
  }
  return {
    value,
    standardError: Math.sqrt((value * (1 - value)) / trials),
    method: 'Wilson score',
    interval: (level) => wilsonInterval(successes, trials, level),
    below: (threshold) => normalCdf(score(threshold)),
    above: (threshold) => normalCdf(-score(threshold)),
  }
}

/** Difference of two proportions measured on the same rows, by Tango's score. */
export function tangoEstimate(data: DiscordantPairs): Estimate {
  const value = (data.gained - data.lost) / data.pairs
  const swapped = { pairs: data.pairs, gained: data.lost, lost: data.gained }
  const half = (data.gained + data.lost) / 2
  const equal = { pairs: data.pairs, gained: half, lost: half }
  const variance = ((data.gained + data.lost) / data.pairs - value * value) / data.pairs
  return {
    value,
    standardError: Math.sqrt(Math.max(0, variance)),
    method: 'Tango score, paired',
    interval: (level) => tangoInterval(data, level),
    below: (threshold) => tangoLowerTail(data, threshold),
    above: (threshold) => tangoLowerTail(swapped, -threshold),
    nullVariance: (effect) => tangoVariance(equal, -effect),
  }
}

/** A single AUC by Newcombe's score (2006), for few rows of one class. */
export function newcombeAucEstimate(
  value: number,
  standardError: number,
  positives: number,
  negatives: number,
): Estimate {
  const statistic = (theta: number) => aucStatistic(value, theta, positives, negatives)
  return {
    value,
    standardError,
    method: 'Newcombe score',
    interval: (level) => newcombeAucInterval(value, positives, negatives, level),
    below: (threshold) => normalCdf(statistic(threshold)),
    above: (threshold) => normalCdf(-statistic(threshold)),
  }
}

/** The wider of two estimates of one value: what is to be shown must be shown by both. */
export function widerEstimate(a: Estimate, b: Estimate): Estimate {
  return {
    value: a.value,
    standardError: Math.max(a.standardError, b.standardError),
    method: `wider of ${a.method} and ${b.method}`,
    interval: (level) => {
      const [first, second] = [a.interval(level), b.interval(level)]
      return { low: Math.min(first.low, second.low), high: Math.max(first.high, second.high) }
    },
    below: (threshold) => Math.max(a.below(threshold), b.below(threshold)),
    above: (threshold) => Math.max(a.above(threshold), b.above(threshold)),
  }
}

function logit(p: number): number {
  if (p <= 0) return Number.NEGATIVE_INFINITY
  return p >= 1 ? Number.POSITIVE_INFINITY : Math.log(p / (1 - p))
}

function logistic(x: number): number {
  return 1 / (1 + Math.exp(-x))
}
