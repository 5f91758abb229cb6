import { type Analysis, analyse } from '../analysis/analysis.js'
import { type Stratum, totalsOf } from '../analysis/stratum.js'
import type { ArmCounts } from '../metrics/counters.js'
import { sameWeights, shareOf, type TrafficState, type Weights, weightsOf } from '../traffic/traffic.js'
import type { Plan } from './plan.js'

/** Why a rollout ended as it did. `harm` and `unhealthy` were decided; the others were not. */
export type Cause =
  | 'complete'
  | 'harm'
  | 'unhealthy'
  | 'split'
  | 'deadline'
  | 'silence'
  | 'drift'
  | 'interrupted'
  | 'fault'

/** What to do next. `shift` begins a step, the last three end the rollout. */
export type Decision =
  | { readonly do: 'wait'; readonly because: string }
  | { readonly do: 'shift'; readonly step: number; readonly because: string }
  | { readonly do: 'promote'; readonly cause: 'complete'; readonly because: string }
  | { readonly do: 'rollback'; readonly cause: Cause; readonly because: string }
  | { readonly do: 'hold'; readonly cause: Cause; readonly because: string }

/** What happened. Times in milliseconds since 1970. */
export type Event =
  | { readonly kind: 'shifted'; readonly at: number; readonly step: number }
  | {
      readonly kind: 'counted'
      readonly at: number
      readonly stable: ArmCounts
      readonly canary: ArmCounts
      readonly traffic: TrafficState
    }
  | { readonly kind: 'silent'; readonly at: number; readonly because: string; readonly traffic: TrafficState }
  | { readonly kind: 'interrupted'; readonly at: number }
  | { readonly kind: 'fault'; readonly at: number; readonly because: string }

/** A rollout under way: plain data, from which every decision follows. */
export interface State {
  readonly startedAt: number
  readonly step: number
  readonly stepSince: number
  /** When counters of both arms were last read. */
  readonly heardAt: number
  readonly strata: readonly Stratum[]
  readonly analysis: Analysis | undefined
  /** Readings in a row that found foreign weights. */
  readonly drifted: number
}

export function initialState(at: number): State {
  return { startedAt: at, step: 0, stepSince: at, heardAt: at, strata: [], analysis: undefined, drifted: 0 }
}

/** The heart of the rollout: state and event in, state and decision out. Pure. */
export function reduce(plan: Plan, state: State, event: Event): { state: State; decision: Decision } {
  switch (event.kind) {
    case 'shifted': {
      const next = { ...state, step: event.step, stepSince: event.at, heardAt: event.at, drifted: 0 }
      return {
        state: next,
        decision: { do: 'wait', because: `step of ${plan.steps[event.step]!.percent} %` },
      }
    }
    case 'interrupted':
      return {
        state,
        decision: { do: 'rollback', cause: 'interrupted', because: 'the run was told to stop' },
      }
    case 'fault':
      return { state, decision: { do: 'rollback', cause: 'fault', because: event.because } }
    case 'silent':
      return onSilence(plan, withDrift(plan, state, event.traffic), event)
    case 'counted':
      return onCounts(plan, withDrift(plan, state, event.traffic), event)
  }
}

function withDrift(plan: Plan, state: State, traffic: TrafficState): State {
  const same = sameWeights(weightsOf(traffic), plan.steps[state.step]!.weights)
  return { ...state, drifted: same ? 0 : state.drifted + 1 }
}

function onSilence(plan: Plan, state: State, event: Event & { kind: 'silent' }) {
  const decision = trafficDecision(plan, state, event.traffic) ??
    (event.at - state.heardAt >= plan.silence
      ? undecided(
          plan,
          'silence',
          `metrics were silent for ${seconds(event.at - state.heardAt)}: ${event.because}`,
        )
      : overdue(plan, state, event.at)) ?? { do: 'wait' as const, because: event.because }
  return { state, decision }
}

function onCounts(plan: Plan, before: State, event: Event & { kind: 'counted' }) {
  const { weights } = plan.steps[before.step]!
  const stratum: Stratum = {
    at: event.at,
    step: before.step,
    weights,
    // By its beginning: the reading before it.
    settling: before.heardAt - before.stepSince < plan.settle || before.drifted > 0,
    stable: event.stable,
    canary: event.canary,
  }
  const strata = [...before.strata, stratum]
  const analysis = analyse(strata, plan.analysis)
  const state: State = { ...before, strata, analysis, heardAt: event.at }
  const decision = harm(plan, analysis) ??
    trafficDecision(plan, state, event.traffic) ??
    broken(plan, analysis) ??
    onward(plan, state, event.at) ??
    overdue(plan, state, event.at) ?? { do: 'wait' as const, because: missing(plan, state) }
  return { state, decision }
}

function harm(plan: Plan, { harm: what, errors, latency, totals }: Analysis): Decision | undefined {
  if (what === undefined) return undefined
  const { stable, canary } = totals
  const because =
    what === 'errors'
      ? `errors are worse than ${plan.analysis.psi0} times stable's odds (canary ${canary.errors} of ${canary.requests}, stable ${stable.errors} of ${stable.requests}; p = ${pValue(errors.p)})`
      : `the canary is slower than stable (p = ${pValue(latency!.p)})`
  return { do: 'rollback', cause: 'harm', because }
}

/** What the balancer's own answer forces: a server that is gone, or weights that somebody else set. */
function trafficDecision(plan: Plan, state: State, traffic: TrafficState): Decision | undefined {
  const wanted = plan.steps[state.step]!.weights
  const found = weightsOf(traffic)
  if (traffic.stable.condition !== 'ready' && wanted.stable > 0) {
    // Rolling back onto a server that is gone would make it worse: a person has to look.
    return { do: 'hold', cause: 'unhealthy', because: `the stable server is ${traffic.stable.condition}` }
  }
  if (state.drifted > 0) {
    const moved = `weights stable ${found.stable}, canary ${found.canary} were found instead of ${wanted.stable}, ${wanted.canary}`
    if (state.drifted === 1) return { do: 'wait', because: moved }
    return towardStable(found, wanted)
      ? { do: 'hold', cause: 'drift', because: `${moved}: somebody moved traffic back, and that stands` }
      : { do: 'rollback', cause: 'drift', because: moved }
  }
  if (traffic.canary.condition !== 'ready') {
    return {
      do: 'rollback',
      cause: 'unhealthy',
      because: `the canary server is ${traffic.canary.condition}`,
    }
  }
  return undefined
}

function towardStable(found: Weights, wanted: Weights): boolean {
  return found.stable > 0 && shareOf(found) < shareOf(wanted)
}

function broken(plan: Plan, { split }: Analysis): Decision | undefined {
  if (!split.mismatch || split.observed === undefined || split.expected === undefined) return undefined
  const because = `the canary got ${percent(split.observed)} of the requests where its weight says ${percent(split.expected)} (p = ${pValue(split.p)}), so the arms cannot be compared`
  return undecided(plan, 'split', because)
}

/** The next step or the promotion, once this step has lasted and counted enough. */
function onward(plan: Plan, state: State, at: number): Decision | undefined {
  if (at - state.stepSince < plan.steps[state.step]!.duration || shortOf(plan, state)) return undefined
  if (state.step + 1 < plan.steps.length) {
    return {
      do: 'shift',
      step: state.step + 1,
      because: `no evidence of harm at ${plan.steps[state.step]!.percent} %`,
    }
  }
  if (plan.certificate === 'required' && !state.analysis?.errors.certified) return undefined
  return { do: 'promote', cause: 'complete', because: 'every step ended without evidence of harm' }
}

/** What the step still lacks in requests, or undefined. Only those after settling count. */
function shortOf(plan: Plan, state: State): string | undefined {
  const { minRequests } = plan.steps[state.step]!
  const canary = totalsOf(
    state.strata.filter((stratum) => stratum.step === state.step && !stratum.settling),
    'canary',
  )
  if (canary.requests < minRequests) {
    return `the canary answered ${canary.requests} requests in this step, of at least ${minRequests}`
  }
  const stable = totalsOf(state.strata, 'stable')
  if (stable.requests < minRequests) {
    return `stable answered ${stable.requests} requests so far, of at least ${minRequests} to compare with`
  }
  const timed = state.strata.some((stratum) => stratum.canary.timed > 0 && stratum.stable.timed > 0)
  return plan.analysis.latencyEdges.length > 0 && !timed ? 'no latency was measured in both arms' : undefined
}

function overdue(plan: Plan, state: State, at: number): Decision | undefined {
  if (at - state.startedAt >= plan.total) {
    return undecided(
      plan,
      'deadline',
      `the rollout took ${seconds(at - state.startedAt)}: ${missing(plan, state)}`,
    )
  }
  const late = at - state.stepSince - plan.steps[state.step]!.duration
  return late >= plan.stepGrace
    ? undecided(plan, 'deadline', `the step is ${seconds(late)} over its time: ${missing(plan, state)}`)
    : undefined
}

function missing(plan: Plan, state: State): string {
  const short = shortOf(plan, state)
  if (short) return short
  const last = state.step + 1 === plan.steps.length
  return last && plan.certificate === 'required' && !state.analysis?.errors.certified
    ? `the certificate is not reached (e = ${Math.exp(state.analysis?.errors.logMaxCertificate ?? 0).toPrecision(3)} of ${(1 / plan.analysis.beta).toPrecision(3)})`
    : 'the step has not lasted its time'
}

function undecided(plan: Plan, cause: Cause, because: string): Decision {
  return { do: plan.onInconclusive, cause, because }
}

function seconds(milliseconds: number): string {
  return `${Math.round(milliseconds / 1000)} s`
}

function percent(share: number): string {
  return `${(share * 100).toPrecision(3)} %`
}

function pValue(p: number): string {
  return p < 1e-4 ? p.toExponential(1) : p.toPrecision(2)
}
