import { detectableEffect, type Planned, powerOf, rowsFor } from '@sluice/statistics'
import type { Finding, TableSection } from '@sluice/verdict'
import type { Estimate } from '../estimates/estimate.js'
import { metricOf } from '../metrics/asked.js'
import { inspectPredictions } from '../predictions/inspect.js'
import type { Joined } from '../predictions/predictions.js'
import { amount } from '../report/numbers.js'
import { type Demand, demandOf } from '../rules/demand.js'
import { partsOf } from '../rules/judge.js'
import { type Part, whereText } from '../rules/part.js'
import { rowsSource } from '../rules/rows-source.js'
import type { EvaluationPolicy, Rule } from '../rules/section.js'
import { type Assumptions, assumedVariance } from './assumptions.js'

/** With this probability a plan wants to show what is so. */
export const PLAN_POWER = 0.8

/** What one rule can show on one part of the rows. */
export interface Plan {
  readonly rule: string
  readonly where: string
  /** Rows at hand or that can be had; undefined when nobody said. */
  readonly rows: number | undefined
  /** Distance from the threshold that these rows show with the planned power. */
  readonly detectable: number | undefined
  /** Probability that a candidate equal to its champion is shown to lose less than the margin. */
  readonly equalPasses: number | undefined
  /** Rows at which that probability is the planned power. */
  readonly rowsNeeded: number | undefined
  /** What the variance comes from, or what keeps it from being known. */
  readonly basis: string
}

/** A plan, or why the rows at hand can show nothing. */
export interface Planning {
  readonly rows: number | undefined
  readonly findings: readonly Finding[]
  readonly plans: readonly Plan[]
}

/** Plans on the rows at hand: their own variances, pairs, clusters and slices. */
export function planRows(joined: Joined, policy: EvaluationPolicy): Planning {
  if (joined.state === 'refused') return { rows: undefined, findings: joined.findings, plans: [] }
  const { predictions } = joined
  const { rows } = predictions
  const needs = new Set(policy.rules.map((rule) => metricOf(rule).needs))
  const findings = inspectPredictions(predictions, needs)
  if (findings.some(({ level }) => level === 'error' || level === 'unknown'))
    return { rows, findings, plans: [] }
  const source = rowsSource(predictions, policy.threshold)
  const plans = policy.rules.flatMap((rule) => {
    const demand = demandOf(rule)
    if (demand.kind !== 'bound' && !source.hasChampion)
      return [unplanned(demand, 'all rows', predictions.rows, 'there is no champion to differ from')]
    return (partsOf(source, rule, demand)?.parts ?? []).map((part) =>
      planPart(part, rule, demand, policy.alpha),
    )
  })
  return { rows, findings, plans }
}

/** Plans before there is a row, from what is assumed. */
export function planAssumed(policy: EvaluationPolicy, assumed: Assumptions): Planning {
  const plans = policy.rules.map((rule) => {
    const demand = demandOf(rule)
    const where = rule.slices === undefined ? 'all rows' : 'each slice'
    const found = assumedVariance(demand, rule.atLeast ?? rule.atMost, assumed)
    if (found.state === 'unknown')
      return unplanned(demand, where, assumed.rows, `to be assumed: ${found.missing}`)
    const margin = marginOf(rule, rule.metric === 'auc' ? assumed.auc : undefined)
    return planOf(demand, where, assumed.rows, margin, { ...found, alpha: policy.alpha }, rule, found.from)
  })
  return { rows: assumed.rows, findings: [], plans }
}

function planPart(part: Part, rule: Rule, demand: Demand, alpha: number): Plan {
  const { metric } = demand
  const where = whereText(part.where)
  const found = demand.kind === 'bound' ? part.measure(metric, 'candidate') : part.compare(metric)
  if (found.state === 'undefined') return unplanned(demand, where, part.rows, found.because)
  const champion = part.measure(metric, 'champion')
  const margin = marginOf(rule, champion.state === 'measured' ? champion.estimate.value : undefined)
  const { estimate } = found
  const { method, weak } = estimate
  if (weak !== undefined) return unplanned(demand, where, part.rows, weak)
  const rows = part.rows ?? 0
  return planOf(demand, where, rows, margin, { ...plannedWith(estimate, rows), alpha }, rule, method)
}

/** What an estimate on so many rows says of the variance of one. */
export function plannedWith(
  { standardError, nullVariance }: Estimate,
  rows: number,
): Pick<Planned, 'variance' | 'nullVariance'> {
  const variance = rows * standardError ** 2
  const atNone = nullVariance?.(0) ?? 0
  if (nullVariance === undefined || !(atNone > 0)) return { variance }
  // A score test's variance is that of the rows it counts; as a share of its own at no effect, that of all rows.
  return { variance, nullVariance: (effect) => (variance * nullVariance(effect)) / atNone }
}

/** The loss that is allowed; undefined for a rule that allows none or has a bound. */
function marginOf(rule: Rule, champion: number | undefined): number | undefined {
  if (rule.margin !== undefined) return rule.margin
  return rule.relativeMargin === undefined || champion === undefined
    ? undefined
    : rule.relativeMargin * Math.abs(champion)
}

function planOf(
  demand: Demand,
  where: string,
  rows: number | undefined,
  margin: number | undefined,
  about: Omit<Planned, 'power' | 'sides'>,
  { minRows }: Rule,
  basis: string,
): Plan {
  const planned: Planned = { ...about, power: PLAN_POWER }
  const usable = margin !== undefined && margin > 0
  return {
    rule: demand.text,
    where,
    rows,
    detectable: rows === undefined ? undefined : detectableEffect(rows, planned),
    equalPasses: rows === undefined || !usable ? undefined : powerOf(margin, rows, planned),
    rowsNeeded: usable ? Math.max(minRows, demand.metric.minRows ?? 0, rowsFor(margin, planned)) : undefined,
    basis,
  }
}

function unplanned({ text }: Demand, where: string, rows: number | undefined, basis: string): Plan {
  return {
    rule: text,
    where,
    rows,
    detectable: undefined,
    equalPasses: undefined,
    rowsNeeded: undefined,
    basis,
  }
}

/** `one-sided alpha 0.025 (two-sided 0.05), power 80 %` */
export function planLevel(alpha: number): string {
  return `one-sided alpha ${alpha} (two-sided ${+(2 * alpha).toPrecision(6)}), power ${PLAN_POWER * 100} %`
}

/** One row a rule and part. */
export function planTable(plans: readonly Plan[], alpha: number): TableSection {
  return {
    kind: 'table',
    title: `What can be shown at ${planLevel(alpha)}`,
    open: true,
    columns: ['Rule', 'Where', 'Rows', 'Detectable', 'Equal passes', 'Rows needed', 'From'],
    rows: plans.map((plan) => [
      plan.rule,
      plan.where,
      plan.rows === undefined ? '' : String(plan.rows),
      plan.detectable === undefined ? '' : amount(plan.detectable),
      plan.equalPasses === undefined ? '' : `${(100 * plan.equalPasses).toFixed(0)} %`,
      plan.rowsNeeded === undefined ? '' : String(plan.rowsNeeded),
      plan.basis,
    ]),
  }
}
