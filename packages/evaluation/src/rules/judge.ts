import { SluiceError } from '@sluice/errors'
import { benjaminiHochberg, holm } from '@sluice/statistics'
import type { Verdict } from '@sluice/verdict'
import { shortened } from '../report/shortened.js'
import { sliceSpec } from '../slices/spec.js'
import { type Case, closeCase, type OpenCase, openCase } from './case.js'
import { type Demand, demandOf } from './demand.js'
import { withExamples } from './examples.js'
import type { Part, SearchOutcome, Source } from './part.js'
import type { EvaluationPolicy, Rule } from './section.js'

/** What became of one rule. */
export interface RuleOutcome {
  readonly rule: Rule
  readonly demand: Demand
  /** `skipped` only for a comparison at a first release, when there is no champion. */
  readonly verdict: Verdict | 'skipped'
  /** One sentence. */
  readonly reason: string
  readonly cases: readonly Case[]
  /** Searches for slices, whose finds are among the cases. */
  readonly searches?: readonly SearchOutcome[]
  /** The check itself broke down: it then fails, and says nothing of the model. */
  readonly crashed?: true
}

/**
 * Holds every rule against the source. Pass, when what it demands is shown: one bound of the interval lies on
 * the good side. Fail, when the opposite is shown. Anything else is undecided.
 *
 * Slices: "shown worse on any slice" is corrected for the number of slices looked at; "shown good on every
 * slice" is an intersection-union test and needs no correction (Berger 1982).
 */
export function judge(source: Source, policy: Pick<EvaluationPolicy, 'rules' | 'alpha'>): RuleOutcome[] {
  return policy.rules.map((rule) => {
    try {
      return judgeRule(source, rule, policy.alpha)
    } catch (error) {
      // What the reader may correct is said as it is; any other failure of a check is a check that failed.
      if (error instanceof SluiceError) throw error
      return crashed(rule, error)
    }
  })
}

function crashed(rule: Rule, error: unknown): RuleOutcome {
  const what = error instanceof Error ? error.message : String(error)
  const reason = `The check broke down: ${shortened(what)}.`
  return { rule, demand: demandOf(rule), verdict: 'fail', reason, cases: [], crashed: true }
}

function judgeRule(source: Source, rule: Rule, alpha: number): RuleOutcome {
  const demand = demandOf(rule)
  if (demand.kind !== 'bound' && !source.hasChampion) {
    return {
      rule,
      demand,
      verdict: 'skipped',
      reason: 'There is no champion yet: a first release.',
      cases: [],
    }
  }
  const judged = partsOf(source, rule, demand)
  if (judged === undefined) {
    const reason = 'A summary has no rows to slice; give prediction tables.'
    return { rule, demand, verdict: 'inconclusive', reason, cases: [] }
  }
  const { parts, searches } = judged
  const open = parts.map((part) => openCase(part, rule, demand, alpha))
  const cases = withExamples(close(open, rule, alpha), parts, demand)
  const found = verdictOf(cases, rule)
  if (searches.length === 0) return { rule, demand, cases, ...found }
  return {
    rule,
    demand,
    cases,
    searches,
    verdict: found.verdict,
    reason: [found.reason, ...searches.map(searchText)].join(' '),
  }
}

/** What a rule is held against, and how it was looked for; undefined where its slices need rows and there are none. */
export function partsOf(
  source: Source,
  rule: Rule,
  { metric, good, kind }: Demand,
): { readonly parts: readonly Part[]; readonly searches: readonly SearchOutcome[] } | undefined {
  if (rule.slices === undefined) return { parts: [source.whole], searches: [] }
  const parts: Part[] = []
  const searches: SearchOutcome[] = []
  for (const spec of rule.slices.map((slice) => sliceSpec(slice))) {
    if (spec.kind === 'search') {
      const { minPerClass } = rule
      const minRows = Math.max(rule.minRows, metric.minRows ?? 0)
      const found = source.search?.(spec, { metric, good, compared: kind !== 'bound', minRows, minPerClass })
      if (found === undefined) return undefined
      parts.push(...found.parts)
      searches.push(found.search)
    } else {
      const found = source.slices(spec, rule.minRows)
      if (found === undefined) return undefined
      parts.push(...found)
    }
  }
  return { parts, searches }
}

/** `Found 3 of 412 slices on 1500 rows, tested on 1480 others.` */
function searchText({ found, looked, searchedRows, testedRows, unfit }: SearchOutcome): string {
  if (looked === 0) return `No slice could be looked for on ${searchedRows} rows.`
  if (found === 0 && unfit > 0)
    return `None of ${looked} slices on ${searchedRows} rows is both worse and fit to be tested.`
  if (found === 0)
    return `None of ${looked} slices is worse than the rest of the ${searchedRows} rows that were searched; the ${testedRows} others were tested as one.`
  return `Found ${found} of ${looked} slices on ${searchedRows} rows, tested on the ${testedRows} others.${unfit === 0 ? '' : ` ${unfit} that look as bad have too few rows of a class.`}`
}

const CORRECTIONS: Record<Rule['correction'], (p: readonly number[]) => readonly number[]> = {
  holm,
  'benjamini-hochberg': benjaminiHochberg,
  none: (p) => p,
}

/** Corrects over the cases that have a p-value: one that could not be estimated was not looked at. */
function close(open: readonly OpenCase[], rule: Rule, alpha: number): Case[] {
  const tested = open.filter((one) => one.estimate !== undefined)
  const adjusted = CORRECTIONS[rule.correction](tested.map((one) => one.estimate!.p))
  const byCase = new Map(tested.map((one, i) => [one, adjusted[i]!]))
  return open.map((one) => closeCase(one, byCase.get(one), alpha))
}

function verdictOf(cases: readonly Case[], rule: Rule): Pick<RuleOutcome, 'verdict' | 'reason'> {
  const count = (state: Case['state']) => cases.filter((one) => one.state === state).length
  const [bad, undecided] = [count('bad'), count('undecided')]
  const milder = rule.undecided === 'warn' ? 'warn' : 'inconclusive'
  const verdict = bad > 0 ? 'fail' : undecided > 0 || cases.length === 0 ? milder : 'pass'
  if (rule.slices === undefined) {
    const [one] = cases
    const words = { good: 'Shown.', bad: 'Shown not to hold.', undecided: `Not decided: ${one?.because}.` }
    return { verdict, reason: words[one!.state] }
  }
  const tested = cases.filter((one) => one.estimate !== undefined).length
  const correction =
    rule.correction === 'none' ? 'without correction' : `${CORRECTION_NAMES[rule.correction]} over ${tested}`
  return {
    verdict,
    reason: `${cases.length} ${cases.length === 1 ? 'slice' : 'slices'}: ${count('good')} shown to hold, ${bad} shown not to, ${undecided} undecided (to hold: each must be, no correction; not to: ${correction}).`,
  }
}

const CORRECTION_NAMES = { holm: 'Holm', 'benjamini-hochberg': 'Benjamini-Hochberg' } as const
