import type { ForestRow, ForestSection } from '@sluice/verdict'
import type { Examination } from '../examination.js'
import type { Case } from '../rules/case.js'
import { worstFirst } from '../rules/findings.js'
import type { RuleOutcome } from '../rules/judge.js'
import { whereText } from '../rules/part.js'
import { amount, signed } from './numbers.js'

/** Rows of one plot in a comment; the tables below have all. */
const ROWS = 20

/** Forest plots: the rules over all rows together, each against its own margin, and one for each sliced rule. */
export function forests({ outcomes }: Examination): ForestSection[] {
  const whole = outcomes.filter(
    ({ cases, demand, rule }) =>
      demand.kind === 'non-inferior' && rule.slices === undefined && drawable(cases[0]),
  )
  const sliced = outcomes.filter(({ cases, rule }) => rule.slices !== undefined && cases.some(drawable))
  return [...(whole.length > 0 ? [inMargins(whole)] : []), ...sliced.map(bySlice)]
}

type Drawable = Case & { readonly estimate: NonNullable<Case['estimate']> }

function drawable(one: Case | undefined): one is Drawable {
  return one?.estimate !== undefined && [one.estimate.low, one.estimate.high].every(Number.isFinite)
}

/** Metrics of different scales on one axis: in units of each rule's margin, better to the right. */
function inMargins(outcomes: readonly RuleOutcome[]): ForestSection {
  const rows = outcomes.flatMap(({ cases: [one], demand }): ForestRow[] => {
    const margin = Math.abs(one!.estimate!.threshold)
    if (!drawable(one) || margin === 0) return []
    const { high, low, value } = one.estimate
    const turned = demand.good === 'above' ? [low, value, high] : [-high, -value, -low]
    const [from, at, to] = turned.map((x) => x / margin) as [number, number, number]
    return [
      { label: demand.metric.name, low: from, value: at, high: to, state: one.state, note: numbers(one) },
    ]
  })
  return {
    kind: 'forest',
    title: 'Candidate against champion, in margins',
    axis: 'margin',
    good: 'above',
    line: -1,
    zero: 0,
    rows,
  }
}

function bySlice(outcome: RuleOutcome): ForestSection {
  const { demand } = outcome
  const cases = outcome.cases.filter(drawable).sort(worstFirst)
  const [first] = cases
  const { threshold } = first!.estimate
  const compared = demand.kind !== 'bound'
  return {
    kind: 'forest',
    title: demand.text,
    axis: compared ? `margin ${amount(Math.abs(threshold), first!.estimate)}` : `bound ${threshold}`,
    good: demand.good,
    line: threshold,
    ...(compared ? { zero: 0 } : {}),
    rows: cases.slice(0, ROWS).map((one) => ({
      label: labelOf(one),
      low: one.estimate.low,
      value: one.estimate.value,
      high: one.estimate.high,
      state: one.state,
      note: numbers(one, compared),
    })),
  }
}

function labelOf({ where }: Case): string {
  return where.kind === 'slice' ? where.value || '(empty)' : whereText(where)
}

function numbers({ estimate }: Drawable, compared = true): string {
  const number = (x: number) => (compared ? signed(x, estimate) : amount(x, estimate))
  return `${number(estimate.value)} [${number(estimate.low)}, ${number(estimate.high)}]`
}
