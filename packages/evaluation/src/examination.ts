import { type Finding, fingerprint } from '@sluice/verdict'
import { isKnown, knownMetrics, metricOf } from './metrics/asked.js'
import { shortened } from './report/shortened.js'
import { ruleFindings } from './rules/findings.js'
import { judge, type RuleOutcome } from './rules/judge.js'
import type { Source } from './rules/part.js'
import type { EvaluationPolicy } from './rules/section.js'
import type { Summary } from './summary/summary.js'
import { inspectSummaries, summarySource } from './summary/summary-source.js'

/** What an evaluation came to: a pure function of the data and the policy, in the same bytes every time. */
export interface Examination {
  readonly rows: number | undefined
  readonly findings: readonly Finding[]
  /** Empty when the data could not be trusted: then no rule was held against it. */
  readonly outcomes: readonly RuleOutcome[]
  /** Where the rows stayed in an engine: what it was asked, and the digest of what it answered. */
  readonly engine?: EngineEvidence
}

/** What an engine was asked and what it answered, so that both can be checked later. */
export interface EngineEvidence {
  readonly name: string
  readonly version: string
  readonly tables: readonly string[]
  readonly statements: number
  /** Lower-case hex SHA-256 of the statements, each on a line as a JSON string. */
  readonly sqlSha256: string
  /** Of the statements with their answers, a line a row as a JSON array: the sums that the verdict rests on. */
  readonly sumsSha256: string
}

/** What rules ask for that only the tool that wrote a summary can measure. */
export function unknownMetrics(policy: EvaluationPolicy): Finding[] {
  return policy.rules.filter((rule) => !isKnown(rule)).map(({ metric }) => unknownMetric(metric))
}

/** Judges summaries of metrics. */
export function examineSummaries(
  candidate: Summary,
  champion: Summary | undefined,
  policy: EvaluationPolicy,
): Examination {
  const found = inspectSummaries(candidate, champion, policy.rules)
  if (found.some(stands)) return { rows: candidate.rows, findings: found, outcomes: [] }
  return examineSource(
    summarySource(candidate, champion, policy.pointEstimates, exactOf(policy)),
    policy,
    candidate.rows,
    found,
  )
}

/** Names of metrics that have no error, as rules say. */
export function exactOf({ rules }: EvaluationPolicy): ReadonlySet<string> {
  return new Set(rules.filter((rule) => rule.exact).map((rule) => metricOf(rule).name))
}

/** Holds the rules against data that can be trusted. @param found warnings about it */
export function examineSource(
  source: Source,
  policy: EvaluationPolicy,
  rows: number | undefined,
  found: readonly Finding[],
): Examination {
  const outcomes = judge(source, policy)
  const findings = [...found, ...outcomes.flatMap(ruleFindings)]
  if (outcomes.every((outcome) => outcome.verdict === 'skipped')) findings.push(nothingDecided())
  else if (outcomes.some((outcome) => outcome.verdict === 'skipped')) findings.push(firstRelease(outcomes))
  return { rows, findings, outcomes }
}

/** Whether data with this finding cannot be trusted. */
export function stands(finding: Finding): boolean {
  return finding.level === 'error' || finding.level === 'unknown'
}

/** What only the tool that wrote a summary can measure. */
function unknownMetric(name: string): Finding {
  return {
    rule: 'evaluation/metric-missing',
    level: 'error',
    message: `Rows have no ${shortened(name)}, which a rule asks for.`,
    remedy: `Use one of ${knownMetrics().join(', ')}, or give the summary that has it.`,
    fingerprint: fingerprint('evaluation/metric-missing', name),
    waivable: false,
  }
}

function nothingDecided(): Finding {
  return {
    rule: 'evaluation/nothing-decided',
    level: 'unknown',
    message:
      'Every rule compares with a champion, and at a first release there is none: nothing was decided.',
    remedy: 'Add a rule with `atLeast` or `atMost` under `evaluation.rules` in sluice.yaml.',
    fingerprint: fingerprint('evaluation/nothing-decided'),
    waivable: false,
  }
}

function firstRelease(outcomes: readonly RuleOutcome[]): Finding {
  const skipped = outcomes.filter((outcome) => outcome.verdict === 'skipped').length
  return {
    rule: 'evaluation/first-release',
    level: 'note',
    message: `A first release: ${skipped} of ${outcomes.length} rules compare with a champion and were not held.`,
    fingerprint: fingerprint('evaluation/first-release'),
  }
}
