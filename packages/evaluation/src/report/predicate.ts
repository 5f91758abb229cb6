import {
  type Finding,
  predicateType,
  type Statement,
  type Subject,
  statement,
  verdictOf,
} from '@sluice/verdict'
import type { Examination } from '../examination.js'
import type { Case } from '../rules/case.js'
import type { RuleOutcome } from '../rules/judge.js'
import type { EvaluationPolicy, Rule } from '../rules/section.js'
import type { PinnedSource } from '../sources/pinned-source.js'

/** A file that was evaluated, and the columns taken from it. */
export interface EvaluatedInput {
  readonly role: 'candidate' | 'champion'
  readonly name: string
  /** Lower-case hex; undefined of a table in a server, whose sums the engine's evidence has. */
  readonly sha256?: string
  readonly columns: readonly string[]
  /** Where it came from, when it is no file of the workspace. */
  readonly source?: PinnedSource
  /** What the tool that wrote it says it was evaluated on. */
  readonly conditions?: ReadonlyMap<string, string>
}

export const EVALUATION_TYPE = predicateType('evaluation')

/**
 * The statement of type `evaluation/v1`, as docs/predicates/evaluation.md describes it.
 * @param findings the examination's, after waivers; the verdict is theirs
 */
export function evaluationStatement(
  subject: Subject,
  findings: readonly Finding[],
  examination: Examination,
  policy: EvaluationPolicy,
  inputs: readonly EvaluatedInput[],
): Statement {
  return statement(subject, EVALUATION_TYPE, evaluationPredicate(findings, examination, policy, inputs))
}

/** What the statement says, whatever it is said of. */
export function evaluationPredicate(
  findings: readonly Finding[],
  examination: Examination,
  policy: EvaluationPolicy,
  inputs: readonly EvaluatedInput[],
): Record<string, unknown> {
  return {
    verdict: verdictOf(findings),
    firstRelease: !inputs.some((input) => input.role === 'champion'),
    task: policy.task,
    alpha: policy.alpha,
    ...(examination.rows === undefined ? {} : { rows: examination.rows }),
    inputs: inputs.map(inputOf),
    ...(examination.engine === undefined ? {} : { engine: examination.engine }),
    problems: examination.outcomes.length > 0 ? [] : findings.map(({ rule, message }) => ({ rule, message })),
    waived: findings.flatMap(({ rule, message, waivedBy }) =>
      waivedBy ? [{ rule, message, ...waivedBy }] : [],
    ),
    rules: examination.outcomes.map(ruleOf),
  }
}

function inputOf({ role, name, sha256, columns, source, conditions = new Map() }: EvaluatedInput) {
  return {
    role,
    name,
    ...(sha256 === undefined ? {} : { digest: { sha256 } }),
    columns,
    ...(source === undefined ? {} : { source }),
    ...(conditions.size === 0 ? {} : { conditions: Object.fromEntries(conditions) }),
  }
}

function ruleOf({ rule, demand, verdict, reason, cases, searches }: RuleOutcome): Record<string, unknown> {
  return {
    rule: demand.text,
    metric: demand.metric.name,
    better: demand.metric.better,
    demand: demand.kind,
    verdict,
    reason,
    undecided: rule.undecided,
    correction: rule.slices === undefined ? 'none' : rule.correction,
    ...(rule.slices === undefined ? {} : { control: controlOf(rule, cases) }),
    ...(searches === undefined ? {} : { searches }),
    cases: cases.map(caseOf),
  }
}

/** How many looks are paid for: each slice must be shown good, and one shown bad is corrected for the others. */
function controlOf({ correction }: Rule, cases: readonly Case[]): Record<string, unknown> {
  const tested = cases.filter(({ estimate }) => estimate !== undefined).length
  const rate = {
    holm: 'family-wise error',
    'benjamini-hochberg': 'false discovery rate',
    none: 'none',
  } as const
  return {
    allGood: 'intersection-union test, no correction',
    anyBad: correction,
    controls: rate[correction],
    tested,
  }
}

function caseOf({
  where,
  rows,
  candidate,
  candidateError: candidateStandardError,
  champion,
  estimate,
  state,
  because,
  rowsNeeded,
  examples,
}: Case): Record<string, unknown> {
  return defined({
    where,
    rows,
    candidate,
    candidateStandardError,
    champion,
    state,
    because,
    estimate,
    rowsNeeded,
    examples,
  })
}

/** Without the members that are undefined, so that the JSON is what the object is. */
function defined(members: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined))
}
