import { type Examination, exactOf, examineSource, stands, unknownMetrics } from './examination.js'
import { metricOf } from './metrics/asked.js'
import { inspectPredictions } from './predictions/inspect.js'
import type { Joined } from './predictions/predictions.js'
import { rowsSource } from './rules/rows-source.js'
import type { EvaluationPolicy } from './rules/section.js'
import { rowsAgainstSummary } from './summary/rows-against-summary.js'
import type { Summary } from './summary/summary.js'
import { inspectSummaries, summarySource } from './summary/summary-source.js'

/** Judges joined predictions. */
export function examineRows(joined: Joined, policy: EvaluationPolicy): Examination {
  if (joined.state === 'refused') return { rows: undefined, findings: joined.findings, outcomes: [] }
  const { predictions } = joined
  const needs = new Set(policy.rules.map((rule) => metricOf(rule).needs))
  const found = inspectPredictions(predictions, needs)
  found.push(...unknownMetrics(policy))
  if (found.some(stands)) return { rows: predictions.rows, findings: found, outcomes: [] }
  return examineSource(rowsSource(predictions, policy.threshold), policy, predictions.rows, found)
}

/**
 * Judges a candidate's rows against a champion of which only a summary is known, unpaired.
 * @param joined the candidate alone
 */
export function examineRowsAgainst(joined: Joined, champion: Summary, policy: EvaluationPolicy): Examination {
  if (joined.state === 'refused') return { rows: undefined, findings: joined.findings, outcomes: [] }
  const { predictions } = joined
  const needs = new Set(policy.rules.map((rule) => metricOf(rule).needs))
  const found = [
    ...inspectPredictions(predictions, needs),
    ...unknownMetrics(policy),
    ...inspectSummaries(undefined, champion, policy.rules),
  ]
  if (found.some(stands)) return { rows: predictions.rows, findings: found, outcomes: [] }
  const theirs = summarySource(champion, champion, policy.pointEstimates, exactOf(policy)).whole
  const source = rowsAgainstSummary(rowsSource(predictions, policy.threshold), theirs)
  return examineSource(source, policy, predictions.rows, found)
}
