import { type SplitStep, splitRatioTest } from '@sluice/statistics'
import { shareOf } from '../traffic/traffic.js'
import type { Stratum } from './stratum.js'

export interface SplitResult {
  readonly mismatch: boolean
  readonly p: number
  /** The canary's share in the last judged step, as observed and as its weight says; 0 to 1. */
  readonly observed: number | undefined
  readonly expected: number | undefined
}

export const SPLIT_ALPHA = 0.001
/** Fewer strata than this in a step say nothing. */
const MIN_STRATA = 3

/**
 * Whether traffic was split as the weights say (sample-ratio mismatch), per step and multiplied over the steps.
 * The null is a band: the weight's share, give or take the relative `tolerance`, and one stratum's worth of requests,
 * for scrapes of the arms may be out of phase and traffic comes in bursts. Evidence is taken against the share in the
 * band that explains the counts best. Where the arms' samples cover unequal times, as scrapes of
 * Prometheus do, the expected share follows the covered seconds.
 */
export function splitOf(strata: readonly Stratum[], tolerance: number): SplitResult {
  const steps: SplitStep[] = []
  let observed: number | undefined
  let expected: number | undefined
  for (const group of Map.groupBy(strata.filter(judged), (stratum) => stratum.step).values()) {
    if (group.length < MIN_STRATA) continue
    const [stable, canary] = [sum(group, 'stable'), sum(group, 'canary')]
    if (stable.requests + canary.requests === 0) continue
    expected = exposedShare(shareOf(group[0]!.weights), stable.seconds, canary.seconds)
    observed = canary.requests / (stable.requests + canary.requests)
    const slack = tolerance + 1 / group.length
    const low = Math.max(expected * (1 - slack), 1 - (1 - expected) * (1 + slack))
    const high = Math.min(expected * (1 + slack), 1 - (1 - expected) * (1 - slack))
    const share = Math.min(Math.max(observed, low), high)
    steps.push({ observed: [stable.requests, canary.requests], weights: [1 - share, share] })
  }
  const test = splitRatioTest(steps, { alpha: SPLIT_ALPHA })
  return { mismatch: test.mismatch, p: test.p, observed, expected }
}

/** A restart takes requests with it that were never counted, and so does a process that was first seen late. */
function judged({ settling, stable, canary }: Stratum): boolean {
  return !settling && [stable, canary].every((arm) => arm.resets === 0 && arm.joined === 0)
}

function sum(group: readonly Stratum[], arm: 'stable' | 'canary') {
  let requests = 0
  let seconds = 0
  for (const stratum of group) {
    requests += stratum[arm].requests
    seconds += stratum[arm].seconds
  }
  return { requests, seconds }
}

/** Times further apart than this are no matter of phases, and are not corrected for. */
const MAX_RATIO = 2

function exposedShare(share: number, stable: number, canary: number): number {
  if (stable <= 0 || canary <= 0) return share
  const ratio = canary / stable
  if (ratio > MAX_RATIO || ratio < 1 / MAX_RATIO) return share
  return (share * ratio) / (share * ratio + 1 - share)
}
