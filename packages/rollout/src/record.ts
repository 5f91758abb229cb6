import { predicateType, type Statement, type Subject, statement } from '@sluice/verdict'
import { oddsRatioBound } from './analysis/analysis.js'
import { type Stratum, totalsOf } from './analysis/stratum.js'
import { type RolloutOutcome, verdictOfOutcome } from './outcome.js'
import { FULL } from './plan/plan.js'

/** docs/predicates/rollout.md */
export const ROLLOUT_TYPE = predicateType('rollout')

/** Observations beyond this are merged, neighbours first; what they add up to stays. */
const MAX_OBSERVATIONS = 500

/** What a record is about, besides what happened. */
export interface RecordFrame {
  readonly environment: string
  readonly subject: Subject
  /** What served before, and serves again after a rollback; null when nobody knows. */
  readonly previous: Subject | null
}

/**
 * The unsigned statement of a rollout that stands in no ledger: its subject is the canary's digest. One in a ledger
 * has the same members and its place in the chain besides. Pure.
 */
export function rolloutStatement(outcome: RolloutOutcome, frame: RecordFrame): Statement {
  return statement(frame.subject, ROLLOUT_TYPE, {
    environment: frame.environment,
    previousSubject: frame.previous,
    serving: servingAfter(outcome, frame),
    createdAt: outcome.endedAt,
    ...rolloutDetails(outcome),
  })
}

/**
 * What the environment serves from now on. A rollout that is held leaves both in place and decides nothing, so the
 * word stays with the old one; `traffic.final` of the record has the weights.
 */
export function servingAfter(outcome: RolloutOutcome, frame: RecordFrame): Subject | null {
  return outcome.outcome === 'promoted' ? frame.subject : frame.previous
}

/** The members of a rollout record that are its own (docs/predicates/rollout.md). Pure. */
export function rolloutDetails(outcome: RolloutOutcome): Record<string, unknown> {
  const { plan, state, final, unrestored } = outcome
  return {
    outcome: outcome.outcome,
    verdict: verdictOfOutcome(outcome),
    cause: outcome.cause,
    because: outcome.because,
    startedAt: outcome.startedAt,
    endedAt: outcome.endedAt,
    traffic: {
      provider: outcome.traffic,
      original: outcome.original,
      final: final === undefined ? null : { stable: final.stable, canary: final.canary },
      unrestored: unrestored ?? null,
    },
    metrics: { source: outcome.metrics },
    plan: {
      steps: plan.steps.map((step) => ({
        percent: step.percent,
        weights: step.weights,
        seconds: step.duration / 1000,
        minRequests: step.minRequests,
      })),
      final: FULL,
      intervalSeconds: plan.interval / 1000,
      onInconclusive: plan.onInconclusive,
      certificate: plan.certificate,
      analysis: plan.analysis,
    },
    events: outcome.entries,
    steps: stepSummaries(outcome),
    analysis: analysisSummary(outcome),
    observations: merged(state.strata).map(observation),
  }
}

function stepSummaries({ plan, state }: RolloutOutcome): unknown[] {
  const groups = Map.groupBy(state.strata, (stratum) => stratum.step)
  return [...groups].map(([step, strata]) => ({
    percent: plan.steps[step]!.percent,
    intervals: strata.length,
    stable: totalsOf(strata, 'stable'),
    canary: totalsOf(strata, 'canary'),
  }))
}

function analysisSummary({ plan, state }: RolloutOutcome): unknown {
  const { analysis } = state
  if (!analysis) return { harm: 'unknown', reason: 'nothing was counted' }
  const { errors, latency, split, totals } = analysis
  const bound = oddsRatioBound(state.strata, plan.analysis)
  return {
    method: 'stratified conditional e-process; valid at every look',
    harm: analysis.harm ?? 'none seen',
    errors: {
      e: finite(Math.exp(errors.logE)),
      maxE: finite(Math.exp(errors.logMaxE)),
      p: errors.p,
      informativeIntervals: errors.informative,
      certified: errors.certified,
      certificateE: finite(Math.exp(errors.logMaxCertificate)),
      oddsRatioBelow: bound ?? null,
    },
    ...(latency && {
      latency: {
        e: finite(Math.exp(latency.logE)),
        maxE: finite(Math.exp(latency.logMaxE)),
        p: latency.p,
        edges: latency.edges.map(({ edge, logE }) => ({ edge, e: finite(Math.exp(logE)) })),
      },
    }),
    split: {
      mismatch: split.mismatch,
      p: split.p,
      observed: split.observed ?? null,
      expected: split.expected ?? null,
    },
    totals,
  }
}

/** JSON has no Infinity; beyond this, evidence is not told apart. */
function finite(value: number): number {
  return Math.min(value, 1e300)
}

function observation(strata: readonly Stratum[]): unknown {
  const last = strata.at(-1)!
  return {
    at: new Date(last.at).toISOString(),
    step: last.step,
    intervals: strata.length,
    settling: last.settling,
    stable: { ...totalsOf(strata, 'stable'), ...coverage(strata, 'stable') },
    canary: { ...totalsOf(strata, 'canary'), ...coverage(strata, 'canary') },
  }
}

function coverage(strata: readonly Stratum[], arm: 'stable' | 'canary') {
  const sum = (key: 'timed' | 'seconds' | 'resets' | 'births' | 'joined') =>
    strata.reduce((total, stratum) => total + stratum[arm][key], 0)
  const slow = strata[0]![arm].slow.map((_, edge) =>
    strata.reduce((total, stratum) => total + (stratum[arm].slow[edge] ?? 0), 0),
  )
  return {
    timed: sum('timed'),
    slow,
    seconds: sum('seconds'),
    resets: sum('resets'),
    births: sum('births'),
    joined: sum('joined'),
  }
}

function merged(strata: readonly Stratum[]): Stratum[][] {
  const size = Math.ceil(strata.length / MAX_OBSERVATIONS)
  const groups: Stratum[][] = []
  for (const stratum of strata) {
    const current = groups.at(-1)
    if (
      current &&
      current.length < size &&
      current[0]!.step === stratum.step &&
      current[0]!.settling === stratum.settling
    )
      current.push(stratum)
    else groups.push([stratum])
  }
  return groups
}
