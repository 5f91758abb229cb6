import { worst } from '@sluice/verdict'
import type { Allowance } from '../allowance.js'
import type { FiledReport, ReportData, RoadJob, RoadStep } from '../data.js'
import { cut, type Html, html } from '../html.js'
import { badge, sign, tone } from './badge.js'
import { duration } from './time.js'

/** The road as it was gone: jobs, and in each its steps in order. */
export function roadSection(data: ReportData, allowance: Allowance): Html {
  const jobs = data.jobs ?? jobsOf(data.reports)
  return html`<section id="road" aria-labelledby="road-heading">
<h2 id="road-heading">The road</h2>
<ol class="road">${jobs.map((one) => job(one, allowance))}</ol>
</section>`
}

function job({ name, state, milliseconds, steps }: RoadJob, allowance: Allowance): Html {
  return html`<li class="job ${tone(state)}">
<div class="job-head"><h3>${cut(name, 100)}</h3>${badge(state)}${
    milliseconds !== undefined && html` <span class="aside">${duration(milliseconds)}</span>`
  }</div>
<ol class="steps">${steps.map((one) => step(one, allowance))}</ol>
</li>
`
}

function step({ name, state, milliseconds, headline }: RoadStep, allowance: Allowance): Html {
  return html`<li class="step ${tone(state)}"><span class="stop" aria-hidden="true">${sign(state)}</span><span><strong>${cut(name, 80)}</strong> <span class="state">${state}</span>${
    milliseconds !== undefined && html` <span class="aside">${duration(milliseconds)}</span>`
  }</span>${headline !== undefined && allowance.rows > 0 && html`<span class="hidden">: ${cut(headline, 120)}</span>`}</li>`
}

/** Without a record of jobs, each folder of reports is one: its actions in the order in which they ended. */
function jobsOf(reports: readonly FiledReport[]): RoadJob[] {
  return [...Map.groupBy(reports, ({ file }) => folderOf(file))].map(([folder, filed]) => ({
    name: folder,
    state: worst(filed.map(({ verdict }) => verdict)),
    steps: filed.map(({ action, verdict, headline }) => ({ name: action, state: verdict, headline })),
  }))
}

/** The folder a report lies in; files at the root are the run's own. */
export function folderOf(file: string): string {
  const end = file.lastIndexOf('/')
  return end < 0 ? 'This run' : file.slice(0, end)
}
