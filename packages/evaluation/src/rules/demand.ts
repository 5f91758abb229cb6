import { metricOf } from '../metrics/asked.js'
import type { Metric } from '../metrics/metric.js'
import { sliceSpec } from '../slices/spec.js'
import type { Rule } from './section.js'

/** What a rule asks for, with its threshold still open where it hangs on the champion's value. */
export interface Demand {
  readonly kind: 'bound' | 'non-inferior' | 'superior'
  readonly metric: Metric
  /** Which side of the threshold is good. */
  readonly good: 'above' | 'below'
  /** Threshold on the metric itself (bound) or on candidate − champion. */
  threshold(champion: number | undefined): number
  /** As a sentence: `auc at least 0.7`. */
  readonly text: string
}

export function demandOf(rule: Rule): Demand {
  const metric = metricOf(rule)
  const { name, better } = metric
  const where =
    rule.slices === undefined
      ? ''
      : `, for every ${rule.slices.map((slice) => sliceSpec(slice).label).join(' and every ')}`
  if (rule.atLeast !== undefined || rule.atMost !== undefined) {
    const bound = rule.atLeast ?? rule.atMost!
    const good = rule.atLeast === undefined ? 'below' : 'above'
    const text = `${name} at ${good === 'above' ? 'least' : 'most'} ${bound}${where}`
    return { kind: 'bound', metric, good, threshold: () => bound, text }
  }
  const good = better === 'higher' ? 'above' : 'below'
  const worse = better === 'higher' ? -1 : 1
  if (rule.betterBy !== undefined) {
    const by = rule.betterBy
    const text = `${name} better than the champion${by === 0 ? '' : ` by more than ${by}`}${where}`
    return { kind: 'superior', metric, good, threshold: () => positiveZero(-worse * by), text }
  }
  const relative = rule.relativeMargin
  const text =
    relative === undefined
      ? `${name} loses less than ${rule.margin} against the champion${where}`
      : `${name} loses less than ${+(relative * 100).toPrecision(12)} % of the champion's${where}`
  return {
    kind: 'non-inferior',
    metric,
    good,
    // The champion's absolute value, so that "loses" keeps its direction below zero.
    threshold: (champion) =>
      positiveZero(
        worse * (relative === undefined ? rule.margin! : relative * Math.abs(champion ?? Number.NaN)),
      ),
    text,
  }
}

function positiveZero(value: number): number {
  return value === 0 ? 0 : value
}
