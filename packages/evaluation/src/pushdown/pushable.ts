import { SluiceError } from '@sluice/errors'
import { metricOf } from '../metrics/asked.js'
import type { Metric } from '../metrics/metric.js'
import type { EvaluationPolicy, Rule } from '../rules/section.js'
import { sliceSpec } from '../slices/spec.js'
import { quantityOf } from './quantities.js'

/** What a metric is made of: counts of decisions, the same by group, means of a value a row, or the order of scores. */
export type SumsKind = 'decisions' | 'gap' | 'mean' | 'ranking'

const DECISIONS = new Set([
  'accuracy',
  'balanced_accuracy',
  'precision',
  'recall',
  'specificity',
  'f1',
  'mcc',
  'kappa',
  'macro_f1',
  'macro_precision',
  'macro_recall',
  'weighted_f1',
])
const RANKING = new Set(['auc', 'average_precision'])

/** What sums say a metric; undefined when none do that an engine could add up. */
export function sumsKind(metric: Metric): SumsKind | undefined {
  if (metric.groups !== undefined) return 'gap'
  if (DECISIONS.has(metric.name) || (metric.needs === 'decision' && /^f\d/.test(metric.name)))
    return 'decisions'
  if (RANKING.has(metric.name)) return 'ranking'
  return quantityOf(metric) === undefined ? undefined : 'mean'
}

/** Why the rules cannot all be held against sums of an engine; undefined when they can. */
export function unpushable(policy: EvaluationPolicy): string | undefined {
  if (policy.task === 'multilabel' || policy.task === 'ranking')
    return `the task ${policy.task} needs the rows themselves`
  if (policy.quantiles !== undefined) return 'forecasts of quantiles need the rows themselves'
  if (policy.repeat !== undefined) return 'several answers to one id need the rows themselves'
  for (const rule of policy.rules) {
    const because = unpushableRule(rule)
    if (because !== undefined) return because
  }
  return undefined
}

function unpushableRule(rule: Rule): string | undefined {
  if (rule.slices?.some((slice) => sliceSpec(slice).kind === 'search'))
    return 'to look for slices needs the rows themselves'
  const metric = metricOf(rule)
  return sumsKind(metric) === undefined
    ? `the metric ${metric.name} needs the rows themselves, and no sums of an engine`
    : undefined
}

/** @throws SluiceError EVALUATION_NOT_PUSHABLE naming the rule: a rule that cannot be held is never left out */
export function checkPushable(policy: EvaluationPolicy): void {
  const because = unpushable(policy)
  if (because === undefined) return
  throw new SluiceError('EVALUATION_NOT_PUSHABLE', `The rules cannot be held in a SQL engine: ${because}.`, {
    remedy: 'Set `engine: in-process` for files, or leave the rule to a gate of its own.',
  })
}
