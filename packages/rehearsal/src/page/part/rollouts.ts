import type { Allowance } from '../allowance.js'
import { evidenceChart, trafficChart } from '../chart/rollout.js'
import type { Counts, Rollout } from '../data.js'
import { cut, type Html, html } from '../html.js'
import { badge } from './badge.js'
import { figure } from './figure.js'
import { folded, more, table } from './table.js'
import { moment, shortSubject } from './time.js'

/** How live traffic was moved, what was seen, and how it ended; the latest first. */
export function rolloutsSection(rollouts: readonly Rollout[], allowance: Allowance): Html {
  const latest = [...rollouts].reverse()
  const shown = latest.slice(0, Math.max(allowance.rows, 1))
  return html`<section id="canary" aria-labelledby="canary-heading">
<h2 id="canary-heading">Canary</h2>
${shown.map((rollout, index) => one(rollout, index < allowance.charts, allowance))}
${more(latest.length - shown.length, 'rollout')}
</section>`
}

function one(rollout: Rollout, draw: boolean, allowance: Allowance): Html {
  const { subject, environment, outcome, because, startedAt, endedAt } = rollout
  return html`<article class="rollout">
<h3>${badge(outcome)} ${shortSubject(subject)} in ${cut(environment, 64)}</h3>
<p class="headline">${cut(because, allowance.text)}</p>
<p class="aside">${moment(startedAt)} to ${moment(endedAt)}</p>
${draw && charts(rollout)}
${disagreement(rollout)}
${stepsTable(rollout, allowance)}
${folded('What happened when', eventsTable(rollout, allowance))}
${folded(`All ${rollout.observations.length} observations as a table`, observationsTable(rollout, allowance))}
</article>
`
}

function charts(rollout: Rollout): Html | undefined {
  if (rollout.observations.length === 0) return undefined
  const { psi0, psiBad, alpha, looks } = rollout
  return html`${
    looks
      ? figure(
          (size) => evidenceChart(rollout, size),
          html`The evidence in every look, on a logarithmic scale; above, the canary’s share of the weights. <span class="key harm" aria-hidden="true">━</span> errors worse than ${psi0} times stable’s odds: at 1/α the canary is rolled back, and a canary within that margin ever gets there with probability at most ${alpha}. <span class="key certificate" aria-hidden="true">━</span> errors below ${psiBad} times stable’s odds: at 1/β that is shown.`,
        )
      : html`<p class="more">The record adds up neighbouring observations, so the evidence cannot be drawn look by look.</p>`
  }
${figure((size) => trafficChart(rollout, 'requests', size), html`Requests in each interval: <span class="key canary" aria-hidden="true">■</span> canary <span class="key stable" aria-hidden="true">■</span> stable.`)}
${
  rollout.observations.some(({ stable, canary }) => stable.errors + canary.errors > 0)
    ? figure(
        (size) => trafficChart(rollout, 'errors', size),
        html`Errors in each interval, of the same arms.`,
      )
    : html`<p class="aside">No errors in either arm.</p>`
}`
}

/** The chart is computed again from the counts; where the record says otherwise, the reader must know. */
function disagreement({ looks, stated }: Rollout): Html | undefined {
  const last = looks?.at(-1)
  if (!last || !stated) return undefined
  const same = Math.abs(Math.log(last.harm) - Math.log(stated.e)) < 1e-6
  return same
    ? html`<p class="aside">Computed again from the counts, e ends at ${shown(last.harm)}, as the record says.</p>`
    : html`<p class="error">Computed again from the counts, e ends at ${shown(last.harm)}; the record says ${shown(stated.e)}.</p>`
}

function stepsTable({ steps }: Rollout, allowance: Allowance): Html {
  return table(
    'Steps: requests and errors of both arms',
    [
      { name: 'Canary’s weight' },
      { name: 'Looks', number: true },
      { name: 'Canary requests', number: true },
      { name: 'Canary errors', number: true },
      { name: 'Stable requests', number: true },
      { name: 'Stable errors', number: true },
    ],
    steps.map(({ percent, intervals, stable, canary }) => [
      `${percent} %`,
      whole(intervals),
      whole(canary.requests),
      errorsOf(canary),
      whole(stable.requests),
      errorsOf(stable),
    ]),
    allowance,
  )
}

function eventsTable({ events }: Rollout, allowance: Allowance): Html {
  return table(
    'What happened when',
    [{ name: 'Time' }, { name: 'What' }, { name: 'Why' }, { name: 'Stable : canary', number: true }],
    events.map(({ at, event, because, weights }) => [
      moment(at),
      event,
      because,
      weights ? `${weights.stable} : ${weights.canary}` : '',
    ]),
    allowance,
  )
}

function observationsTable({ observations, looks, startedAt }: Rollout, allowance: Allowance): Html {
  return table(
    'Observations: counts of each interval, and the evidence after it',
    [
      { name: 'Seconds' },
      { name: 'Canary requests', number: true },
      { name: 'Canary errors', number: true },
      { name: 'Stable requests', number: true },
      { name: 'Stable errors', number: true },
      ...(looks
        ? [
            { name: 'e, harm', number: true },
            { name: 'e, certificate', number: true },
          ]
        : []),
    ],
    observations.map(({ at, stable, canary }, index) => [
      ((Date.parse(at) - Date.parse(startedAt)) / 1000).toFixed(1),
      whole(canary.requests),
      whole(canary.errors),
      whole(stable.requests),
      whole(stable.errors),
      ...(looks ? [shown(looks[index]!.harm), shown(looks[index]!.certificate)] : []),
    ]),
    allowance,
  )
}

function errorsOf({ requests, errors }: Counts): string {
  return requests > 0 ? `${whole(errors)} (${((100 * errors) / requests).toFixed(1)} %)` : whole(errors)
}

function whole(value: number): string {
  return value.toLocaleString('en-GB')
}

function shown(e: number): string {
  return e >= 1e6 || e < 1e-3 ? e.toExponential(2) : String(+e.toPrecision(4))
}
