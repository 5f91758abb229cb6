import { SluiceError } from '@sluice/errors'
import type { AnalysisOptions } from '../analysis/analysis.js'
import type { RolloutSection } from '../section.js'
import type { Weights } from '../traffic/traffic.js'
import { weightsFor } from '../traffic/weights.js'

/** One step in which canary and stable serve side by side. Times in milliseconds. */
export interface Step {
  readonly percent: number
  readonly weights: Weights
  readonly duration: number
  readonly minRequests: number
}

/** What a rollout will do, checked. Every promoted one ends with all weight on the canary. */
export interface Plan {
  readonly steps: readonly Step[]
  readonly interval: number
  readonly settle: number
  /** How long a step may outlast its duration. */
  readonly stepGrace: number
  readonly total: number
  readonly silence: number
  readonly onInconclusive: 'rollback' | 'hold'
  readonly certificate: 'reported' | 'required'
  readonly analysis: AnalysisOptions
}

/** All weight on the canary. */
export const FULL: Weights = { stable: 0, canary: 100 }

/** More looks than this are refused: every look goes over all strata so far. */
const MAX_LOOKS = 5000
/** Half an hour below the six hours of a hosted job, milliseconds. */
const TOTAL = 330 * 60_000

/**
 * Turns the section into a plan. Pure.
 * @throws SluiceError ROLLOUT_STEPS_INVALID, ROLLOUT_DEADLINE_INVALID, ROLLOUT_WEIGHT_UNREACHABLE
 */
export function planOf(section: RolloutSection): Plan {
  const all = section.steps ?? []
  const [last] = all.slice(-1)
  const final = last?.weight === 100 ? last : undefined
  if (final && (final.minutes !== undefined || final.seconds !== undefined)) {
    throw invalid('the step to 100 % has a duration, but there is nothing left to compare with')
  }
  const compared = final ? all.slice(0, -1) : all
  if (compared.length === 0) throw invalid('there is no step below 100 %, so nothing would be compared')
  let before = 0
  const steps = compared.map(({ weight, minutes, seconds, minRequests }) => {
    if (weight <= before) throw invalid(`the step to ${weight} % follows one to ${before} %`)
    before = weight
    if ((minutes === undefined) === (seconds === undefined)) {
      throw invalid(`the step to ${weight} % must have either minutes or seconds`)
    }
    return {
      percent: weight,
      weights: weightsFor(weight),
      duration: (seconds ?? minutes! * 60) * 1000,
      minRequests,
    }
  })
  if (before >= 100) throw invalid('a step to 100 % may only stand last')
  const interval = section.intervalSeconds * 1000
  const { totalMinutes, stepMinutes, silenceSeconds } = section.deadlines
  return checkTimes({
    steps,
    interval,
    settle: (section.settleSeconds ?? section.intervalSeconds) * 1000,
    stepGrace: stepMinutes * 60_000,
    total: totalMinutes === undefined ? Math.min(TOTAL, interval * MAX_LOOKS) : totalMinutes * 60_000,
    silence: silenceSeconds * 1000,
    onInconclusive: section.onInconclusive,
    certificate: section.analysis.certificate,
    analysis: section.analysis,
  })
}

function checkTimes(plan: Plan): Plan {
  const planned = plan.steps.reduce((sum, step) => sum + step.duration, 0)
  if (planned > plan.total) {
    throw new SluiceError(
      'ROLLOUT_DEADLINE_INVALID',
      `The steps take ${planned / 60_000} minutes; the rollout may take ${plan.total / 60_000}.`,
      {
        remedy: 'Shorten the steps, or raise `rollout.deadlines.totalMinutes` (and the timeout of the job).',
      },
    )
  }
  if (plan.total / plan.interval > MAX_LOOKS) {
    throw new SluiceError(
      'ROLLOUT_DEADLINE_INVALID',
      `An interval of ${plan.interval / 1000} s gives more than ${MAX_LOOKS} looks in ${plan.total / 60_000} minutes.`,
      { remedy: 'Raise `rollout.intervalSeconds`, or lower `rollout.deadlines.totalMinutes`.' },
    )
  }
  return plan
}

function invalid(found: string): SluiceError {
  return new SluiceError('ROLLOUT_STEPS_INVALID', `In \`rollout.steps\` ${found}.`, {
    remedy:
      'List rising weights, each with `minutes` or `seconds`: `- { weight: 5, minutes: 10, minRequests: 500 }`.',
  })
}
