import {
  oddsRatioBound,
  type RecordFrame,
  type RolloutOutcome,
  totalsOf,
  verdictOfOutcome,
} from '@sluice/rollout'
import {
  type Finding,
  fingerprint,
  type Level,
  type Result,
  resultOf,
  type Section,
  verdictOf,
  worst,
} from '@sluice/verdict'
import type { Kept } from './canary.js'
import type { Standing } from './standing.js'

/** The result of a rollout: what was decided first, then by which numbers. Pure. */
export function report(outcome: RolloutOutcome, { frame, sections }: Standing, kept: Kept): Result {
  const findings = findingsOf(outcome, frame, kept)
  const { analysis } = outcome.state
  return resultOf({
    verdict: worst([verdictOfOutcome(outcome), verdictOf(findings)]),
    headline: headline(outcome, frame),
    findings,
    sections: [...sectionsOf(outcome), ...sections],
    outputs: {
      outcome: outcome.outcome,
      cause: outcome.cause,
      'canary-requests': String(analysis?.totals.canary.requests ?? 0),
      certified: String(analysis?.errors.certified ?? false),
      record: kept.kind === 'ledger' ? kept.location : '',
    },
    statements: kept.kind === 'statement' ? [kept.statement] : [],
  })
}

/** The result when the evidence does not hold: no traffic was moved. Pure. */
export function refusal({ frame, obstacles, sections }: Standing): Result {
  return resultOf({
    headline: `${short(frame.subject.digest)} gets no traffic of \`${frame.environment}\`: ${obstacles[0]?.message ?? ''}`,
    findings: obstacles,
    sections,
    outputs: { outcome: '', cause: '', 'canary-requests': '0', certified: 'false', record: '' },
  })
}

function headline(outcome: RolloutOutcome, { environment, subject, previous }: RecordFrame): string {
  const { because } = outcome
  if (outcome.unrestored) {
    return `The weights of \`${environment}\` could NOT be brought back (${outcome.unrestored.code}), after: ${because}.`
  }
  switch (outcome.outcome) {
    case 'promoted':
      return `${short(subject.digest)} has all traffic of \`${environment}\`: ${certainty(outcome)}.`
    case 'rolled-back':
      return `\`${environment}\` is back on ${short(previous?.digest ?? 'what served before')}: ${because}.`
    case 'held':
      return `The rollout to \`${environment}\` is held where it is: ${because}.`
  }
}

/** What a promotion rests on, in words that claim no more than the numbers do. */
function certainty({ state, plan }: RolloutOutcome): string {
  const { analysis } = state
  if (!analysis) return 'nothing was counted'
  const { requests, errors } = analysis.totals.canary
  const seen = `no evidence of harm in ${requests} canary requests with ${errors} errors`
  const { psiBad, beta } = plan.analysis
  const bound = oddsRatioBound(state.strata, plan.analysis)
  if (analysis.errors.certified) {
    return `${seen}, and certified: odds of an error below ${psiBad} times stable's (β = ${beta})`
  }
  return bound === undefined
    ? `${seen}, not certified: too few errors in either arm to bound the odds ratio`
    : `${seen}, not certified: an odds ratio of errors up to ${bound.toPrecision(3)} is not excluded (β = ${beta})`
}

const REMEDIES: Partial<Record<RolloutOutcome['cause'], string>> = {
  harm: 'Look at the errors of the canary in the time of the rollout, and release again once they are explained.',
  unhealthy: 'See why the server left the balancer.',
  split:
    'Balance by `roundrobin` or `random(1)`, for plain `random` and `leastconn` follow load; look for sticky sessions, retries, or a server that takes no traffic.',
  deadline: 'Give the rollout more traffic or time, or lower `minRequests`.',
  silence: 'Repair the metric source, then run again.',
  drift: 'Find out what else writes these weights, and let only one thing write them.',
  interrupted: 'Run again; nothing was decided.',
  fault: 'Repair what the message names, then run again.',
}

function findingsOf(outcome: RolloutOutcome, frame: RecordFrame, kept: Kept): Finding[] {
  const finding = (rule: string, level: Level, message: string, remedy?: string): Finding => ({
    rule: `canary/${rule}`,
    level,
    message,
    fingerprint: fingerprint('canary', rule, frame.environment, frame.subject.digest),
    ...(remedy === undefined ? {} : { remedy }),
  })
  const { cause, because, unrestored } = outcome
  const found: Finding[] = []
  if (cause === 'complete') {
    if (!outcome.state.analysis?.errors.certified)
      found.push(finding('not-certified', 'note', certainty(outcome)))
  } else {
    const decided = outcome.outcome === 'rolled-back' && (cause === 'harm' || cause === 'unhealthy')
    found.push(finding(cause, decided ? 'error' : 'unknown', `${because}.`, REMEDIES[cause]))
  }
  if (unrestored) {
    const { stable, canary } = outcome.original
    const remedy = `Set the weights by hand, now: stable ${stable}, canary ${canary}.`
    found.push(finding('not-restored', 'error', `${unrestored.code}: ${unrestored.message}`, remedy))
  }
  if (kept.kind === 'statement' && kept.lost) {
    const message = `The record is not in the ledger (${kept.lost.code}: ${kept.lost.message})`
    const remedy = 'The unsigned statement is in the report; repair the ledger and have it signed and added.'
    found.push(finding('record-not-kept', 'unknown', message, remedy))
  }
  if (kept.kind === 'ledger' && kept.unattached) {
    const message = `The record is in the ledger, but not attached to its subject (${kept.unattached})`
    found.push(finding('record-not-attached', 'warning', message, 'Repair the access to the repository.'))
  }
  return found
}

function sectionsOf({ plan, state, entries, original, final }: RolloutOutcome): Section[] {
  const groups = Map.groupBy(state.strata, (stratum) => stratum.step)
  const steps = [...groups].map(([step, strata]) => {
    const [stable, canary] = [totalsOf(strata, 'stable'), totalsOf(strata, 'canary')]
    const rate = ({ requests, errors }: typeof stable) =>
      requests === 0 ? 'none' : `${errors} of ${requests} (${((100 * errors) / requests).toPrecision(2)} %)`
    return [`${plan.steps[step]!.percent} %`, rate(stable), rate(canary), String(strata.length)]
  })
  return [
    {
      kind: 'table',
      title: 'Errors by step',
      columns: ['Canary', 'Stable', 'Canary errors', 'Looks'],
      rows: steps,
      open: true,
    },
    evidence(state, plan),
    {
      kind: 'table',
      title: 'What happened',
      columns: ['Time', 'What', 'Why', 'Stable:canary'],
      rows: entries.map(({ at, event, because, weights }) => [
        at,
        event,
        because,
        weights ? `${weights.stable}:${weights.canary}` : '',
      ]),
    },
    {
      kind: 'text',
      title: 'Weights',
      text: `Before: stable ${original.stable}, canary ${original.canary}. Read back at the end: ${
        final ? `stable ${final.stable.weight}, canary ${final.canary.weight}` : 'no answer'
      }.`,
    },
  ]
}

function evidence({ analysis }: RolloutOutcome['state'], plan: RolloutOutcome['plan']): Section {
  const { alpha, beta, psi0, psiBad, latencyPsi0 } = plan.analysis
  const e = (log: number) => Math.exp(Math.min(log, 690)).toPrecision(3)
  const rows: string[][] = []
  if (analysis) {
    const { errors, latency, split } = analysis
    const line = 1 / errors.options.alpha
    rows.push([
      `Errors worse than ${psi0}x`,
      e(errors.logMaxE),
      `${line.toPrecision(3)} rolls back`,
      e(-errors.logMaxE),
    ])
    if (latency) {
      rows.push([
        `Slower than ${latencyPsi0}x`,
        e(latency.logMaxE),
        `${line.toPrecision(3)} rolls back`,
        e(-latency.logMaxE),
      ])
    }
    rows.push([
      `Errors below ${psiBad}x`,
      e(errors.logMaxCertificate),
      `${(1 / beta).toPrecision(3)} certifies`,
      e(-errors.logMaxCertificate),
    ])
    rows.push(['Split not as weighted', e(-Math.log(split.p)), '1000 is a mismatch', split.p.toPrecision(3)])
  }
  return {
    kind: 'table',
    title: `Evidence, valid at every look (a canary within its margins is ever rolled back with probability ≤ ${alpha})`,
    columns: ['Claim', 'e-value', 'Line', 'p'],
    rows,
  }
}

function short(digest: string): string {
  return digest.slice(0, 'sha256:'.length + 12)
}
