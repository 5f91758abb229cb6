import type { TableSection } from '@sluice/verdict'
import type { Examination } from '../examination.js'
import type { Case } from '../rules/case.js'
import { estimateText, worstFirst } from '../rules/findings.js'
import type { RuleOutcome } from '../rules/judge.js'
import { whereText } from '../rules/part.js'
import { amount } from './numbers.js'

/** One row a rule: what was asked, what was shown, and why that is the verdict. */
export function rulesTable({ outcomes }: Examination): TableSection {
  const named = outcomes.some(({ cases, rule }) => rule.slices === undefined && cases.some(isNamed))
  return {
    kind: 'table',
    title: 'Rules',
    open: true,
    columns: ['Rule', 'Verdict', 'Candidate', 'Champion', 'Shown', 'Why', ...(named ? [EXAMPLES] : [])],
    rows: outcomes.map((outcome) => {
      const whole = outcome.rule.slices === undefined ? outcome.cases[0] : undefined
      return [
        outcome.demand.text,
        outcome.verdict,
        value(whole?.candidate),
        value(whole?.champion),
        whole === undefined ? '' : estimateText(outcome, whole),
        outcome.reason,
        ...(named ? [examples(whole)] : []),
      ]
    }),
  }
}

/** One row a slice of every sliced rule, worst first. */
export function slicesTables({ outcomes }: Examination): TableSection[] {
  return outcomes.filter((outcome) => outcome.cases.some((one) => one.where.kind !== 'all')).map(slicesTable)
}

function slicesTable(outcome: RuleOutcome): TableSection {
  const cases = [...outcome.cases].sort(worstFirst)
  const named = cases.some(isNamed)
  return {
    kind: 'table',
    title: `Slices: ${outcome.demand.text}`,
    open: outcome.verdict === 'fail',
    columns: [
      'Slice',
      'State',
      'Rows',
      'Candidate',
      'Champion',
      'Shown',
      'Adjusted p',
      'Rows needed',
      ...(named ? [EXAMPLES] : []),
    ],
    rows: cases.map((one) => [
      whereText(one.where),
      STATES[one.state],
      one.rows === undefined ? '' : String(one.rows),
      value(one.candidate),
      value(one.champion),
      estimateText(outcome, one),
      one.estimate === undefined ? '' : amount(one.estimate.adjusted),
      one.rowsNeeded === undefined ? '' : String(one.rowsNeeded),
      ...(named ? [examples(one)] : []),
    ]),
  }
}

const STATES: Record<Case['state'], string> = { good: 'holds', bad: 'does not hold', undecided: 'undecided' }

const EXAMPLES = 'Ids that count most'

function isNamed(one: Case): boolean {
  return one.examples !== undefined
}

function examples(one: Case | undefined): string {
  return one?.examples?.join(', ') ?? ''
}

function value(x: number | undefined): string {
  return x === undefined ? '' : x.toFixed(4)
}
