import type { Finding } from '@sluice/verdict'
import type { HarnessMetric, HarnessResult } from '../harness/harness.js'
import { metricOf } from '../metrics/asked.js'
import { type ProblemRule, problem } from '../predictions/problem.js'
import { shortened } from '../report/shortened.js'
import type { Rule } from '../rules/section.js'
import type { Summary, SummaryMetric } from './summary.js'

/** What a tool's file says, as a summary. */
export function summaryOf({ championMetrics, conditions, metrics, refusals, tool }: HarnessResult): Summary {
  const ofModel = (found: HarnessResult['metrics']): Summary => {
    const rows = new Set([...found.values()].flatMap((metric) => metric.rows ?? []))
    return {
      // Of several tasks each metric has its own.
      rows: rows.size === 1 ? [...rows][0] : undefined,
      metrics: new Map([...found].map(([name, metric]) => [name, summaryMetric(metric)])),
      tool,
      conditions,
      refusals,
    }
  }
  return championMetrics === undefined
    ? ofModel(metrics)
    : { ...ofModel(metrics), champion: ofModel(championMetrics) }
}

function summaryMetric({
  better,
  degreesOfFreedom,
  rows,
  standardError,
  value,
}: HarnessMetric): SummaryMetric {
  return {
    value,
    standardError,
    ...(degreesOfFreedom === undefined ? {} : { degreesOfFreedom }),
    ...(better === undefined ? {} : { better }),
    ...(rows === undefined ? {} : { rows }),
  }
}

/** Why a summary must not be trusted, as the tool that wrote it says itself. */
export function refusalFindings(side: 'candidate' | 'champion', { refusals = [], tool }: Summary): Finding[] {
  if (refusals.length === 0) return []
  const limited = refusals.some((because) => /limit|of \d+ samples/.test(because))
  return [
    problem(
      limited ? 'evaluation/evaluation-limited' : 'evaluation/evaluation-incomplete',
      side === 'candidate' ? 'error' : 'unknown',
      `The ${side}'s ${tool ?? 'summary'} is not to be trusted: ${shortened(refusals.join('; '), 300)}.`,
      `Run the ${side}'s evaluation whole, without a limit, and give what it wrote then.`,
    ),
  ]
}

/** A rule that takes for a gain what the tool takes for a loss was written for another metric. */
export function directionFindings(summary: Summary | undefined, rules: readonly Rule[]): Finding[] {
  if (summary === undefined) return []
  const { metrics, tool } = summary
  return rules.flatMap((rule) => {
    const { better, name } = metricOf(rule)
    const theirs = metrics.get(name)?.better
    if (theirs === undefined || theirs === better) return []
    return [
      problem(
        'evaluation/direction-contradicts',
        'unknown',
        `A rule takes ${better} ${shortened(name)} for better; ${tool ?? 'the summary'} says ${theirs}.`,
        'Correct `better` of the rule, or name the metric that is meant.',
      ),
    ]
  })
}

/** What both evaluations must share to be compared, and do not. */
export function conditionFindings(
  candidate: Pick<Summary, 'conditions'>,
  champion: Pick<Summary, 'conditions'> | undefined,
): Finding[] {
  const [ours, theirs] = [candidate.conditions, champion?.conditions]
  if (ours === undefined || theirs === undefined) return []
  const differing = [...new Set([...ours.keys(), ...theirs.keys()])].filter(
    (name) => ours.get(name) !== theirs.get(name),
  )
  const byRule = new Map<ProblemRule, string[]>()
  for (const name of differing) {
    const rule = ruleOf(name)
    byRule.set(rule, [
      ...(byRule.get(rule) ?? []),
      `${name}: ${shown(theirs.get(name))}, now ${shown(ours.get(name))}`,
    ])
  }
  return [...byRule].map(([rule, changes]) =>
    problem(
      rule,
      'unknown',
      `Candidate and champion were not evaluated alike: ${shortened(changes.join('; '), 300)}.`,
      'Evaluate both models by the same task on the same data.',
    ),
  )
}

function ruleOf(condition: string): ProblemRule {
  if (/^(samples of|dataset)/.test(condition)) return 'evaluation/dataset-changed'
  return /^(shots of|chat template|prompt)/.test(condition)
    ? 'evaluation/prompt-changed'
    : 'evaluation/task-changed'
}

function shown(value: string | undefined): string {
  return value === undefined ? 'not said' : shortened(value, 40)
}
