import { type Finding, fingerprint, type Level } from '@sluice/verdict'
import { amount, level as levelText, signed } from '../report/numbers.js'
import type { Case } from './case.js'
import type { RuleOutcome } from './judge.js'
import { whereText } from './part.js'

const FAILED = {
  bound: 'evaluation/out-of-bounds',
  'non-inferior': 'evaluation/regression',
  superior: 'evaluation/not-better',
} as const

/** The findings of one rule: one for each part that is shown not to hold, one for all that is undecided. */
export function ruleFindings(outcome: RuleOutcome): Finding[] {
  if (outcome.crashed) return [broken(outcome)]
  const findings = outcome.cases
    .filter((one) => one.state === 'bad')
    .sort(worstFirst)
    .map((one) => failed(outcome, one))
  if (outcome.verdict === 'skipped') return []
  const empty = outcome.cases.filter((one) => one.where.kind === 'slice' && one.rows === 0)
  findings.push(...empty.map((one) => missing(outcome, one)))
  const undecided = outcome.cases.filter((one) => one.state === 'undecided' && !empty.includes(one))
  if (undecided.length > 0 || outcome.cases.length === 0) findings.push(open(outcome, undecided))
  return findings
}

/** By how far beyond the threshold, in units of its interval: the worst first; then by name. */
export function worstFirst(a: Case, b: Case): number {
  const order = { bad: 0, undecided: 1, good: 2 }
  return (
    order[a.state] - order[b.state] ||
    (a.estimate?.p ?? 1) - (b.estimate?.p ?? 1) ||
    room(a) - room(b) ||
    (whereText(a.where) < whereText(b.where) ? -1 : 1)
  )
}

/** Distance from the threshold in units of the interval, where p-values have all come to 1. */
function room({ estimate }: Case): number {
  if (estimate === undefined) return 0
  const width = estimate.high - estimate.low
  return width > 0 ? Math.abs(estimate.value - estimate.threshold) / width : 0
}

/** `auc −0.021, 95 % interval [−0.027, −0.015], margin 0.005` */
export function estimateText({ demand, rule }: RuleOutcome, one: Case): string {
  const { estimate } = one
  if (estimate === undefined) return `${demand.metric.name}: ${one.because}`
  const { low, high, value, threshold } = estimate
  const compared = demand.kind !== 'bound'
  const number = (x: number) => (compared ? signed(x, estimate) : amount(x, estimate))
  const line =
    demand.kind === 'bound'
      ? `bound ${String(threshold).replace('-', '−')}`
      : demand.kind === 'superior'
        ? `to be better by more than ${rule.betterBy}`
        : `margin ${rule.margin ?? amount(Math.abs(threshold), estimate)}`
  return `${demand.metric.name} ${number(value)}, ${levelText(estimate.level)} interval [${number(low)}, ${number(high)}], ${line}`
}

function failed(outcome: RuleOutcome, one: Case): Finding {
  const { demand, rule } = outcome
  const sliced = one.where.kind !== 'all' && one.where.kind !== 'half'
  const name = sliced && demand.kind === 'non-inferior' ? 'evaluation/slice-regression' : FAILED[demand.kind]
  const rows = one.rows === undefined ? [] : [`${one.rows} rows`]
  const found = one.where.kind === 'found' ? ['found on the other half'] : []
  const corrected =
    sliced && rule.correction !== 'none' ? [`adjusted p ${amount(one.estimate!.adjusted)}`] : []
  const notes = [[...rows, ...found].join(', '), ...corrected].filter((note) => note !== '').join('; ')
  return {
    rule: name,
    level: 'error',
    message: `${whereText(one.where)}: ${estimateText(outcome, one)}${notes === '' ? '' : ` (${notes})`}.`,
    remedy: REMEDIES[demand.kind],
    fingerprint: fingerprint(name, demand.text, ...place(one)),
    ...sliceOf(one),
    loss: greatestLoss(outcome, one),
  }
}

const REMEDIES = {
  bound: 'Improve the model; change the bound under `evaluation.rules` only with a reason.',
  'non-inferior':
    'Find out what the candidate lost here, or accept it by a waiver with owner, reason and expiry.',
  superior: 'Keep the champion, or improve the candidate.',
} as const

/** A check that broke down never passes, and nobody can accept what it did not say. */
function broken({ demand, reason }: RuleOutcome): Finding {
  return {
    rule: 'evaluation/check-crashed',
    level: 'error',
    message: `Not decided whether ${demand.text}. ${reason}`,
    remedy: 'Report it with the policy and, where possible, a few rows.',
    fingerprint: fingerprint('evaluation/check-crashed', demand.text),
    waivable: false,
  }
}

/** A slice that was asked for by name and has no row: what it would have shown nobody knows. */
function missing({ demand }: RuleOutcome, one: Case): Finding {
  return {
    rule: 'evaluation/slice-missing',
    level: 'unknown',
    message: `No row is in the slice ${whereText(one.where)}, for which was asked: ${demand.text}.`,
    remedy: 'Evaluate on data that has it, or take it out of `slices`.',
    fingerprint: fingerprint('evaluation/slice-missing', demand.text, ...place(one)),
    waivable: false,
  }
}

function open(outcome: RuleOutcome, undecided: readonly Case[]): Finding {
  const level: Level = outcome.rule.undecided === 'warn' ? 'warning' : 'unknown'
  const shown = [...undecided].sort(worstFirst).slice(0, 3)
  const parts = shown.map((one) => {
    return `${whereText(one.where)}: ${estimateText(outcome, one)}${rowsText(one)}`
  })
  const more = undecided.length > shown.length ? `; and ${undecided.length - shown.length} more` : ''
  const what = undecided.length === 0 ? outcome.reason.replace(/\.$/, '') : `${parts.join('; ')}${more}`
  return {
    rule: 'evaluation/undecided',
    level,
    message: `Not decided whether ${outcome.demand.text}. ${what}.`,
    remedy: remedyOf(outcome, undecided),
    fingerprint: fingerprint('evaluation/undecided', outcome.demand.text),
    ...(undecided.length === 1 ? sliceOf(undecided[0]!) : {}),
    loss: Math.max(
      ...undecided.map((one) => greatestLoss(outcome, one)),
      undecided.length === 0 ? Infinity : 0,
    ),
  }
}

/** Rows there are and that would decide; of an interval beyond the threshold, why it does not decide. */
function rowsText({ estimate, rows, rowsNeeded }: Case): string {
  if (estimate === undefined) return rows === undefined || rowsNeeded !== undefined ? '' : ` (${rows} rows)`
  const needed = rowsNeeded === undefined ? '' : `, about ${rowsNeeded} rows would decide`
  const alone = estimate.p <= (1 - estimate.level) / 2 && estimate.p < estimate.adjusted
  const corrected = alone
    ? `; not shown once corrected for the number of slices: adjusted p ${amount(estimate.adjusted)} is above ${amount((1 - estimate.level) / 2)}`
    : ''
  const notes = `${rows === undefined ? '' : `${rows} rows`}${needed}${corrected}`.replace(/^[,;] /, '')
  return notes === '' ? '' : ` (${notes})`
}

function remedyOf({ demand, rule }: RuleOutcome, undecided: readonly Case[]): string {
  const otherwise = 'or set `undecided: warn` for this rule'
  if (undecided.length > 0 && undecided.every(({ estimate }) => estimate === undefined)) {
    return undecided.every(({ rowsNeeded }) => rowsNeeded !== undefined && rowsNeeded <= rule.minRows)
      ? `Evaluate on more rows, lower \`minRows\` with a reason, ${otherwise}.`
      : `Give what is missing, ${otherwise}.`
  }
  const line = demand.kind === 'bound' ? 'move the bound' : 'widen the margin'
  return `Evaluate on more rows, ${line} with a reason, ${otherwise}.`
}

/**
 * The loss that cannot be ruled out: the far end of the interval, against the champion or beyond the bound.
 * Without an estimate nothing can be ruled out.
 */
function greatestLoss({ demand }: RuleOutcome, { estimate }: Case): number {
  if (estimate === undefined) return Number.POSITIVE_INFINITY
  const zero = demand.kind === 'bound' ? estimate.threshold : 0
  const loss = demand.good === 'above' ? zero - estimate.low : estimate.high - zero
  return Number.isNaN(loss) ? Number.POSITIVE_INFINITY : Math.max(0, loss)
}

/** The name by which a waiver restricts itself to this part. */
function sliceOf({ where }: Case): { slice?: string } {
  if (where.kind === 'found') return { slice: where.condition }
  return where.kind === 'slice' ? { slice: `${where.column}=${where.value}` } : {}
}

function place({ where }: Case): string[] {
  switch (where.kind) {
    case 'all':
      return []
    case 'slice':
      return [where.column, where.value]
    case 'small':
      return [where.column]
    case 'found':
      return ['found', where.condition]
    case 'half':
      return ['half']
  }
}
