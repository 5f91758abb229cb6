import type { ArmCounts } from '../metrics/counters.js'
import type { Weights } from '../traffic/traffic.js'

/** What both arms did between two readings: each is the other's control for that stretch of time. */
export interface Stratum {
  /** Milliseconds since 1970, at its end. */
  readonly at: number
  /** Index of the step. */
  readonly step: number
  readonly weights: Weights
  /** Just after a change of weights, requests of the old split still arrive: the split is not judged. */
  readonly settling: boolean
  readonly stable: ArmCounts
  readonly canary: ArmCounts
}

export interface Totals {
  readonly requests: number
  readonly errors: number
}

/** Requests and errors of one arm over some strata. */
export function totalsOf(strata: readonly Stratum[], arm: 'stable' | 'canary'): Totals {
  let requests = 0
  let errors = 0
  for (const stratum of strata) {
    requests += stratum[arm].requests
    errors += stratum[arm].errors
  }
  return { requests, errors }
}
