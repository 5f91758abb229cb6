import type { Allowance } from '../allowance.js'
import { type Drawn, forest } from '../chart/forest.js'
import type { EvaluatedCase, EvaluatedRule, Evaluation } from '../data.js'
import { cut, type Html, html } from '../html.js'
import { badge, tone } from './badge.js'
import { difference, placeOf } from './case-text.js'
import { figure } from './figure.js'
import { folded, more, table } from './table.js'
import { shortSubject } from './time.js'

const CASE_WORDS: Record<EvaluatedCase['state'], string> = {
  good: 'holds',
  undecided: 'undecided',
  bad: 'does not hold',
}

/** What each candidate was shown to be: against bounds, against the champion, on the whole and on slices. */
export function evaluationsSection(evaluations: readonly Evaluation[], allowance: Allowance): Html {
  // What blocks is what a reader came for.
  const ordered = [...evaluations].sort((a, b) => rank(a) - rank(b))
  let charts = allowance.charts
  return html`<section id="evaluation" aria-labelledby="evaluation-heading">
<h2 id="evaluation-heading">Evaluation</h2>
${ordered.map((evaluation) => {
  const drawn = evaluation.rules.filter(isSliced).slice(0, charts)
  charts -= drawn.length
  return one(evaluation, new Set(drawn), allowance)
})}
</section>`
}

/** `regressed against champion, on data/holdout.parquet` */
function titleOf({ inputs, firstRelease }: Evaluation): string {
  const of = (role: string) => inputs.find((input) => input.role === role)
  const [candidate, champion] = [of('candidate'), of('champion')]
  const label = (input: Evaluation['inputs'][number] | undefined) =>
    cut(input?.columns.join(', ') || input?.name || 'unknown', 80)
  const files = [...new Set([candidate?.name, champion?.name].filter((name) => name !== undefined))]
  const against = firstRelease || !champion ? ', the first release' : ` against ${label(champion)}`
  return `${label(candidate)}${against}, on ${cut(files.join(' and '), 160)}`
}

function rank({ verdict, firstRelease }: Evaluation): number {
  if (verdict === 'fail') return 0
  return verdict === 'inconclusive' ? 1 : firstRelease ? 3 : 2
}

function one(evaluation: Evaluation, drawn: ReadonlySet<EvaluatedRule>, allowance: Allowance): Html {
  const { subjects, verdict, rows, problems, rules } = evaluation
  return html`<article class="evaluation">
<h3>${badge(verdict)} ${titleOf(evaluation)}</h3>
<p class="aside">${rows !== undefined && `${rows.toLocaleString('en-GB')} rows${subjects.length > 0 ? ' · ' : ''}`}${subjects.slice(0, 8).map((subject, index) => html`${index > 0 && ', '}${shortSubject(subject)}`)}</p>
${problems.length > 0 && html`<ul class="findings">${problems.slice(0, allowance.rows).map(({ rule, message }) => html`<li class="open"><code>${cut(rule, 100)}</code> ${cut(message, allowance.text)}</li>`)}</ul>${more(problems.length - allowance.rows, 'problem')}`}
${rules.length > 0 && rulesTable(rules, allowance)}
${rules.filter(isSliced).map((rule) => slices(rule, wholeOf(rule, rules), drawn.has(rule), allowance))}
</article>
`
}

function isSliced({ cases }: EvaluatedRule): boolean {
  return cases.some(({ where }) => where.kind !== 'all')
}

function isDrawn(one: EvaluatedCase): one is Drawn {
  return one.estimate !== undefined
}

/** The same comparison over all rows, from another rule. */
function wholeOf(rule: EvaluatedRule, rules: readonly EvaluatedRule[]): Drawn | undefined {
  return rules
    .filter(({ metric, demand }) => metric === rule.metric && demand === rule.demand)
    .flatMap(({ cases }) => cases)
    .filter(isDrawn)
    .find(({ where }) => where.kind === 'all')
}

function rulesTable(rules: readonly EvaluatedRule[], allowance: Allowance): Html {
  return table(
    'Rules: what was asked, what was shown',
    [
      { name: 'Rule' },
      { name: 'Verdict' },
      { name: 'Candidate', number: true },
      { name: 'Champion', number: true },
      { name: 'Shown', number: true },
      { name: 'Why' },
    ],
    rules.map((rule) => {
      const whole = isSliced(rule) ? undefined : rule.cases[0]
      return [
        rule.rule,
        badge(rule.verdict === 'skipped' ? 'skipped' : rule.verdict),
        decimal(whole?.candidate),
        decimal(whole?.champion),
        whole?.estimate ? difference(rule, whole.estimate) : '',
        rule.reason,
      ]
    }),
    allowance,
  )
}

function slices(rule: EvaluatedRule, whole: Drawn | undefined, draw: boolean, allowance: Allowance): Html {
  const ordered = [...rule.cases].sort((a, b) => room(rule, a) - room(rule, b))
  const drawable = ordered.filter(isDrawn)
  const shown = drawable.slice(0, allowance.slices)
  return html`<h4>${cut(rule.rule, allowance.text)}</h4>
${
  draw &&
  shown.length > 0 &&
  figure(
    (size) => forest(rule, shown, whole, size),
    html`Each dot is ${rule.demand === 'bound' ? 'the metric' : 'the difference'} on one slice, the bar its ${+(shown[0]!.estimate.level * 100).toFixed(2)} % interval (${cut(shown[0]!.estimate.method, 80)}). <span class="term"><span class="key good" aria-hidden="true">●</span> holds</span> <span class="term"><span class="key undecided" aria-hidden="true">◆</span> undecided</span> <span class="term"><span class="key bad" aria-hidden="true">■</span> does not hold</span>. The shaded side of the dashed line is worse than the rule allows.${
      shown.some(({ state }) => state === 'undecided') &&
      rule.correction !== 'none' &&
      ` States are corrected for ${rule.cases.length} slices (${cut(rule.correction, 20)} correction), so a bar beyond the line can still be undecided.`
    }${shown.length < drawable.length && ` The ${shown.length} worst of ${drawable.length} slices are drawn.`}`,
  )
}
${folded(`All ${rule.cases.length} slices as a table`, slicesTable(rule, ordered, allowance))}`
}

/** How far a case is on the good side of its threshold; what has no estimate comes first. */
function room({ better }: EvaluatedRule, { estimate }: EvaluatedCase): number {
  if (estimate === undefined) return Number.NEGATIVE_INFINITY
  return better === 'higher' ? estimate.value - estimate.threshold : estimate.threshold - estimate.value
}

function slicesTable(rule: EvaluatedRule, cases: readonly EvaluatedCase[], allowance: Allowance): Html {
  const named = cases.some(({ examples }) => examples !== undefined)
  return table(
    `Slices of “${rule.rule}”, the worst first`,
    [
      { name: 'Slice' },
      { name: 'State' },
      { name: 'Rows', number: true },
      { name: 'Candidate', number: true },
      { name: 'Champion', number: true },
      { name: 'Shown', number: true },
      { name: 'Adjusted p', number: true },
      ...(named ? [{ name: 'Ids that count most' }] : []),
    ],
    cases.map((one) => [
      placeOf(one.where),
      html`<span class="state ${tone(one.state === 'good' ? 'pass' : one.state === 'bad' ? 'fail' : 'inconclusive')}">${CASE_WORDS[one.state]}</span>`,
      one.rows?.toLocaleString('en-GB') ?? '',
      decimal(one.candidate),
      decimal(one.champion),
      one.estimate ? difference(rule, one.estimate) : (one.because ?? ''),
      one.estimate ? String(+one.estimate.adjusted.toPrecision(3)) : '',
      ...(named ? [cut(one.examples?.slice(0, 3).join(', ') ?? '', 200)] : []),
    ]),
    allowance,
  )
}

function decimal(value: number | undefined): string {
  return value === undefined ? '' : value.toFixed(4).replace('-', '−')
}
