import { loadSection } from '@sluice/config'
import {
  EVALUATION_TYPE,
  type EvaluationPolicy,
  type Examination,
  evalResultsYaml,
  evaluationPredicate,
  evaluationSection,
  evaluationStatement,
  forests,
  publishedRules,
  type RuleOutcome,
  ruleFindings,
  rulesTable,
  slicesTables,
} from '@sluice/evaluation'
import { type Context, readWaivers, runLink } from '@sluice/toolkit'
import {
  attestedVerdict,
  type Finding,
  parseSubject,
  type Result,
  resultOf,
  type Statement,
  type Subject,
  testResultStatement,
  verdictOf,
} from '@sluice/verdict'
import type { Inputs } from './action.js'
import { type Where, whereOf } from './engine/where.js'
import type { Evaluated } from './evaluated.js'
import { checkChampion, policyOf, withCandidate } from './policy.js'
import { evaluate } from './read.js'

/** Holds a candidate's predictions against the rules of sluice.yaml, and against the champion's. */
export async function gateModel(inputs: Inputs, context: Context): Promise<Result> {
  const section = await loadSection(context.workspace, inputs.config, evaluationSection)
  const accept = await readWaivers(inputs, context, 'evaluation')
  const subject = inputs.subject === undefined ? undefined : parseSubject(inputs.subject)
  const policy = policyOf(section, inputs, await context.workspace.exists(inputs.config))
  const where = whereOf(inputs)
  if (inputs.plan) {
    const { planModel } = await import('./plan.js')
    return await planModel(inputs, policy, context)
  }
  checkChampion(inputs, policy)
  if (inputs.evalResults !== undefined) publishedRules(policy)

  const evaluated = await evaluateWhere(where, inputs, policy, context)
  const { examination } = evaluated
  const findings = accept(examination.findings)
  const published = await publish(inputs.evalResults, examination, findings, policy, context)
  return resultOf({
    headline: headline(examination, findings),
    findings,
    sections:
      examination.outcomes.length === 0
        ? []
        : [...forests(examination), rulesTable(examination), ...slicesTables(examination)],
    outputs: {
      rows: examination.rows === undefined ? '' : String(examination.rows),
      failed: String(count(examination, 'fail')),
      undecided: String(count(examination, 'inconclusive')),
      'eval-results': published,
    },
    ...(subject === undefined
      ? { details: details(evaluated, findings, policy) }
      : { statements: statements(subject, evaluated, findings, policy) }),
  })
}

/** In a server, in DuckDB or here; what those two take is loaded only for them. */
async function evaluateWhere(
  where: Where,
  inputs: Inputs,
  policy: EvaluationPolicy,
  context: Context,
): Promise<Evaluated> {
  if (where.kind === 'server') {
    const { evaluateTables } = await import('./engine/evaluate.js')
    return await evaluateTables(where, inputs, policy, context)
  }
  const gated = withCandidate(inputs)
  if (where.engine !== 'in-process') {
    const { evaluateFiles } = await import('./engine/evaluate.js')
    const evaluated = await evaluateFiles(where.engine, gated, policy, context)
    if (evaluated !== undefined) return evaluated
  }
  return await evaluate(gated, policy, context)
}

/** Writes what was measured for the Hugging Face Hub, where that is asked for and the candidate has passed. */
async function publish(
  file: string | undefined,
  examination: Examination,
  findings: readonly Finding[],
  policy: EvaluationPolicy,
  { run, workspace }: Context,
): Promise<string> {
  const verdict = verdictOf(findings)
  if (file === undefined || (verdict !== 'pass' && verdict !== 'warn')) return ''
  const link = runLink(run)
  const source = link === undefined ? undefined : { url: link.url, name: 'Sluice model-gate' }
  const yaml = evalResultsYaml(policy, examination, source)
  return yaml === undefined ? '' : await workspace.write(file, yaml)
}

function count({ outcomes }: Examination, verdict: RuleOutcome['verdict']): number {
  return outcomes.filter((outcome) => outcome.verdict === verdict).length
}

/** The worst that was found, else what was shown. */
function headline(examination: Examination, findings: readonly Finding[]): string {
  const live = findings.filter((finding) => finding.waivedBy === undefined)
  for (const level of ['error', 'unknown'] as const) {
    const found = live.filter((finding) => finding.level === level)
    if (found.length === 0) continue
    // What stands in brackets at the end (rows, p-values) is for the finding itself.
    const shown = found
      .slice(0, HEADLINE_FINDINGS)
      .map(({ message }) => message.replace(/( \([^()]*\))?\.$/, ''))
    const more = found.length - shown.length
    return `${shown.join('; ')}${more > 0 ? `; and ${more} more` : ''}.`
  }
  const { outcomes, rows } = examination
  const over = rows === undefined ? '' : ` on ${rows} rows`
  const waived = findings.length - live.length
  const accepted =
    waived === 0
      ? ''
      : `; ${waived === 1 ? 'a waiver accepts 1 finding' : `waivers accept ${waived} findings`}`
  return `${count(examination, 'pass')} of ${outcomes.length} rules are shown to hold${over}${accepted}.`
}

const HEADLINE_FINDINGS = 3

/** A pull request has no subject yet, but its report has a chart. */
function details({ examination, inputs }: Evaluated, findings: readonly Finding[], policy: EvaluationPolicy) {
  return {
    predicateType: EVALUATION_TYPE,
    predicate: evaluationPredicate(findings, examination, policy, inputs),
  }
}

/** The gate's verdict as a test result, and beside it what it rests on: metrics, intervals, slices. */
function statements(
  subject: Subject,
  { examination, inputs }: Evaluated,
  findings: readonly Finding[],
  policy: EvaluationPolicy,
): Statement[] {
  const states = examination.outcomes.map((outcome) => ({
    rule: outcome.demand.text,
    state: stateOf(outcome, findings),
  }))
  const named = (state: TestState) => states.filter((one) => one.state === state).map((one) => one.rule)
  const problems = examination.outcomes.length === 0 ? findings : []
  return [
    testResultStatement(subject, {
      check: 'model-gate',
      verdict: attestedVerdict(findings),
      configuration: [
        ...inputs.map(({ role, name, sha256, columns, source }) => ({
          name,
          ...(sha256 === undefined ? {} : { digest: { sha256 } }),
          annotations: { role, columns, ...(source === undefined ? {} : { source }) },
        })),
        ...(examination.engine === undefined
          ? []
          : [{ name: 'engine', annotations: { ...examination.engine } }]),
        { name: 'evaluation', annotations: { ...policy } },
      ],
      passed: named('passed'),
      warned: named('warned'),
      failed: [...named('failed'), ...problems.map((finding) => finding.rule)],
    }),
    evaluationStatement(subject, findings, examination, policy, inputs),
  ]
}

type TestState = 'passed' | 'warned' | 'failed'

/** A rule that was not held or whose findings are all waived is a warning: it did not pass. */
function stateOf(outcome: RuleOutcome, findings: readonly Finding[]): TestState {
  if (outcome.verdict === 'pass') return 'passed'
  const own = new Set(ruleFindings(outcome).map((finding) => finding.fingerprint))
  const verdict = verdictOf(findings.filter((finding) => own.has(finding.fingerprint)))
  return verdict === 'fail' || verdict === 'inconclusive' ? 'failed' : 'warned'
}
