import { isSluiceError } from '@sluice/errors'
import type { Conclusion, Contexts, PlannedStep } from '../contract.js'
import { titleOf } from './action-step.js'
import type { RunSteps } from './composite-action.js'
import { statusOf, stepContexts } from './contexts.js'
import type { Variables } from './environment.js'
import { LONGEST_MINUTES } from './job-clock.js'
import { runAction } from './run-action.js'
import { runScript } from './run-script.js'
import type { Attempt, Frame, JobState, StepContext } from './state.js'
import type { StepLog } from './step-log.js'

/** Where a step stands in its list. */
export interface StepPlace {
  readonly index: number
  /** `github.action` */
  readonly action: string
}

/** Runs one step in its frame: its `if`, its time limit, what it does, and what `continue-on-error` makes of it. */
export async function runStep(
  state: JobState,
  frame: Frame,
  step: PlannedStep,
  place: StepPlace,
  log: StepLog,
): Promise<StepContext> {
  const outputs: Record<string, string> = {}
  const { outcome, env } = await outcomeOf(state, frame, step, place, log, outputs)
  const conclusion = outcome === 'failure' && forgives(state, frame, step, env, log) ? 'success' : outcome
  if (conclusion === 'failure') frame.status = 'failure'
  const context: StepContext = { outputs, outcome, conclusion }
  if (step.id !== undefined) frame.steps[step.id] = context
  return context
}

/** Runs a composite action's steps; they show under the step that uses the action. */
export const runSteps: RunSteps = async (state, frame, steps, { log }) => {
  const names = actionNames(steps)
  for (const [index, step] of steps.entries()) {
    await runStep(state, frame, step, { index, action: names[index] ?? '' }, log)
  }
}

/** `github.action` of each step: its id, or a name made of what it runs, numbered when it comes again. */
export function actionNames(steps: readonly PlannedStep[]): readonly string[] {
  const times = new Map<string, number>()
  return steps.map(({ id, does }) => {
    if (id !== undefined) return id
    const name =
      does.kind === 'run'
        ? '__run'
        : does.uses.startsWith('.') || does.uses.startsWith('$')
          ? '__self'
          : `__${(does.uses.split('@')[0] ?? '').replace(/[^A-Za-z0-9-]+/g, '_')}`
    const time = (times.get(name) ?? 0) + 1
    times.set(name, time)
    return time === 1 ? name : `${name}_${time}`
  })
}

/** Says in the log what ended a step that did not end by itself. */
export function explain(log: StepLog, error: unknown): void {
  if (isSluiceError(error)) log.annotate('error', `${error.code}: ${error.message} ${error.remedy}`, error.at)
  else log.annotate('error', error instanceof Error ? error.message : String(error))
}

async function outcomeOf(
  state: JobState,
  frame: Frame,
  step: PlannedStep,
  place: StepPlace,
  log: StepLog,
  outputs: Record<string, string>,
): Promise<{ outcome: Conclusion; env: Variables }> {
  let env: Variables = {}
  try {
    if (frame.timedOut.aborted) return { outcome: 'skipped', env }
    env = evaluateEnv(state, step.env, stepContexts(state, frame, {}, { action: place.action }))
    const contexts = stepContexts(state, frame, env, { action: place.action })
    const { expressions } = state.scope
    if (!expressions.holds(step.if, contexts, statusOf(frame))) return { outcome: 'skipped', env }
    return { outcome: await attemptStep(state, frame, { step, place, env, contexts, log, outputs }), env }
  } catch (error) {
    explain(log, error)
    return { outcome: 'failure', env }
  }
}

interface Trial {
  readonly step: PlannedStep
  readonly place: StepPlace
  readonly env: Variables
  readonly contexts: Contexts
  readonly log: StepLog
  readonly outputs: Record<string, string>
}

async function attemptStep(state: JobState, frame: Frame, trial: Trial): Promise<Conclusion> {
  const { step, contexts, log, outputs } = trial
  const minutes = minutesOf(state, step, contexts)
  const time = new AbortController()
  const cancel = new AbortController()
  const timer = minutes > 0 ? setTimeout(() => time.abort(), minutes * 60_000) : undefined
  // A step whose `if` allows it goes on when its job is cancelled, and one that began after that goes on anyway.
  const cancelled = () => {
    if (!holdsWhenCancelled(state, step, contexts)) cancel.abort()
  }
  if (!frame.cancelled.aborted) frame.cancelled.addEventListener('abort', cancelled, { once: true })
  const timedOut = AbortSignal.any([frame.timedOut, time.signal])
  const attempt: Attempt = {
    stop: AbortSignal.any([cancel.signal, timedOut]),
    cancelled: cancel.signal,
    timedOut,
    outputs,
    log,
  }
  try {
    const good = await perform(state, frame, attempt, trial).catch((error: unknown) => {
      explain(log, error)
      return false
    })
    if (time.signal.aborted) {
      log.annotate('error', `The action '${titleOf(step)}' has timed out after ${minutes} minutes.`)
      return 'failure'
    }
    if (attempt.stop.aborted) return 'cancelled'
    return good ? 'success' : 'failure'
  } finally {
    clearTimeout(timer)
    frame.cancelled.removeEventListener('abort', cancelled)
  }
}

function perform(state: JobState, frame: Frame, attempt: Attempt, trial: Trial): Promise<boolean> {
  const { step, place, env, contexts } = trial
  const { does } = step
  const { action } = place
  if (does.kind === 'run') return runScript(state, frame, attempt, { step, does, action, env, contexts })
  const key = stepKey(frame, place.index)
  return runAction(state, frame, attempt, { key, step, does, action, env, contexts }, runSteps)
}

/** Tells a step from every other of its job. */
export function stepKey(frame: Frame, index: number): string {
  return `${frame.key}/${index}`
}

/** A mapping of `env`, evaluated. */
export function evaluateEnv(
  state: JobState,
  env: Readonly<Record<string, string>>,
  contexts: Contexts,
): Variables {
  return Object.fromEntries(
    Object.entries(env).map(([name, text]) => [name, state.scope.expressions.interpolate(text, contexts)]),
  )
}

function minutesOf(state: JobState, step: PlannedStep, contexts: Contexts): number {
  if (step.timeoutMinutes === undefined) return 0
  const minutes = Number(state.scope.expressions.interpolate(step.timeoutMinutes, contexts))
  return Number.isFinite(minutes) ? Math.min(minutes, LONGEST_MINUTES) : 0
}

function holdsWhenCancelled(state: JobState, step: PlannedStep, contexts: Contexts): boolean {
  try {
    return state.scope.expressions.holds(step.if, contexts, 'cancelled')
  } catch {
    return false
  }
}

function forgives(state: JobState, frame: Frame, step: PlannedStep, env: Variables, log: StepLog): boolean {
  try {
    const contexts = stepContexts(state, frame, env)
    return state.scope.expressions.interpolate(step.continueOnError, contexts) === 'true'
  } catch (error) {
    explain(log, error)
    return false
  }
}
