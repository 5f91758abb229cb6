import type { Verdict } from '@sluice/verdict'
import type { Plan } from './plan/plan.js'
import type { Cause, State } from './plan/reducer.js'
import type { TrafficState, Weights } from './traffic/traffic.js'

export type Outcome = 'promoted' | 'rolled-back' | 'held'

/** One line of what happened, in order. */
export interface Entry {
  /** RFC 3339, UTC. */
  readonly at: string
  readonly event: 'start' | 'shift' | 'wait' | 'promote' | 'rollback' | 'hold'
  readonly because: string
  readonly weights?: Weights
}

/** Everything a rollout left behind. */
export interface RolloutOutcome {
  readonly outcome: Outcome
  readonly cause: Cause
  readonly because: string
  readonly plan: Plan
  readonly state: State
  /** RFC 3339, UTC. */
  readonly startedAt: string
  readonly endedAt: string
  readonly original: Weights
  /** As read back at the end; undefined when the provider did not answer any more. */
  readonly final: TrafficState | undefined
  /** Why the weights could not be brought back to the original, when they had to be. */
  readonly unrestored: { readonly code: string; readonly message: string } | undefined
  readonly entries: readonly Entry[]
  readonly traffic: string
  readonly metrics: string
}

/**
 * `pass` only for a promoted rollout. Found harm, an unhealthy canary, and traffic that could not be brought
 * back are a `fail`; whatever else ended a rollout early decided nothing.
 */
export function verdictOfOutcome(outcome: Pick<RolloutOutcome, 'outcome' | 'cause' | 'unrestored'>): Verdict {
  if (outcome.unrestored) return 'fail'
  if (outcome.outcome === 'promoted') return 'pass'
  if (outcome.outcome === 'held') return 'inconclusive'
  return outcome.cause === 'harm' || outcome.cause === 'unhealthy' ? 'fail' : 'inconclusive'
}
