import { type Section, safeLines } from '@sluice/verdict'
import type { Allowance } from '../allowance.js'
import type { FiledReport } from '../data.js'
import { cut, type Html, html } from '../html.js'
import { badge } from './badge.js'
import { folded, more, table } from './table.js'
import { moment } from './time.js'

type Finding = FiledReport['findings'][number]

const WORST: Record<Finding['level'], number> = { error: 0, unknown: 1, warning: 2, note: 3 }
const LEVELS: Record<Finding['level'], { readonly name: string; readonly tone: string }> = {
  error: { name: 'error', tone: 'fail' },
  unknown: { name: 'undecided', tone: 'open' },
  warning: { name: 'warning', tone: 'warn' },
  note: { name: 'note', tone: 'none' },
}

/** Every verdict with what it rests on: those that block first, then the others; each group in order of time. */
export function verdictsSection(reports: readonly FiledReport[], allowance: Allowance): Html {
  const blocking = reports.filter(({ verdict }) => verdict === 'fail' || verdict === 'inconclusive')
  const others = reports.filter((report) => !blocking.includes(report))
  return html`<section id="verdicts" aria-labelledby="verdicts-heading">
<h2 id="verdicts-heading">Verdicts</h2>
${blocking.map((report) => article(report, allowance))}
${others.length > 0 && html`<div class="group">${others.map((report) => article(report, allowance))}</div>`}
</section>`
}

function article(report: FiledReport, allowance: Allowance): Html {
  const { action, verdict, headline, error } = report
  const live = report.findings
    .filter(({ waivedBy }) => waivedBy === undefined)
    .sort((a, b) => WORST[a.level] - WORST[b.level])
  const waived = report.findings.filter(({ waivedBy }) => waivedBy !== undefined)
  const blocks = verdict === 'fail' || verdict === 'inconclusive'
  return html`<article class="verdict">
<div class="verdict-head"><h3>${badge(verdict)} ${cut(action, 64)}</h3><p class="aside">${moment(report.finishedAt)}<span class="file">${cut(report.file, 100)}</span></p></div>
<p class="headline">${cut(headline, Math.max(allowance.text, 120))}</p>
${error && html`<p class="error"><code>${cut(error.code, 64)}</code> ${cut(error.message, allowance.text)} <span class="remedy">${cut(error.remedy, allowance.text)}</span></p>`}
${live.length > 0 && folded(tally(live), findings(live, allowance), blocks)}
${waived.length > 0 && folded(`${waived.length} waived`, findings(waived, allowance))}
${report.sections.slice(0, Math.min(allowance.rows, 20)).map((section) => sectionOf(section, allowance))}
${more(report.sections.length - Math.min(allowance.rows, 20), 'section')}
</article>
`
}

function tally(found: readonly Finding[]): string {
  return `${found.length} ${found.length === 1 ? 'finding' : 'findings'}`
}

function findings(found: readonly Finding[], allowance: Allowance): Html {
  const shown = found.slice(0, Math.min(allowance.rows, 50))
  return html`<ul class="findings">${shown.map((finding) => {
    const { level, rule, message, location, remedy, waivedBy } = finding
    const { name, tone } = LEVELS[level]
    return html`<li class="${tone}">
<p><span class="level ${tone}">${name}</span> <code>${cut(rule, 100)}</code>${location && html` <span class="place">${place(location)}</span>`}</p>
<p>${cut(message, allowance.text)}</p>
${remedy !== undefined && html`<p class="remedy">${cut(remedy, allowance.text)}</p>`}
${waivedBy && html`<p class="remedy">Accepted by ${cut(waivedBy.owner, 100)} until ${cut(waivedBy.expires, 40)}: ${cut(waivedBy.reason, allowance.text)}</p>`}
</li>`
  })}</ul>${more(found.length - shown.length, 'finding')}`
}

function place({ file, line, column }: NonNullable<Finding['location']>): string {
  return [
    cut(file, 200),
    ...(line === undefined ? [] : [line]),
    ...(line === undefined || column === undefined ? [] : [column]),
  ].join(':')
}

/** A command keeps its lines. */
function lines(command: string, { text, rows }: Allowance): Html {
  const all = safeLines(command.slice(0, text * 4)).slice(0, rows)
  return html`${all.map((line) => html`${cut(line, text)}\n`)}`
}

function sectionOf(section: Section, allowance: Allowance): Html | undefined {
  const title = cut(section.title, 200)
  if (section.kind === 'text') return folded(title, html`<p>${cut(section.text, allowance.text * 4)}</p>`)
  if (section.kind === 'command')
    return folded(title, html`<pre tabindex="0"><code>${lines(section.command, allowance)}</code></pre>`)
  // The page draws evaluations itself.
  if (section.kind === 'forest' || section.rows.length === 0) return undefined
  return folded(
    title,
    table(
      title,
      section.columns.slice(0, 20).map((name) => ({ name })),
      section.rows,
      allowance,
    ),
  )
}
