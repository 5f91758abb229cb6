import type { Conclusion, JobResult, RunJob, StepRecord } from '../contract.js'
import { titleOf } from './action-step.js'
import { killGroup, PATIENCE, type Patience } from './child.js'
import { statusOf, stepContexts } from './contexts.js'
import { startJobClock } from './job-clock.js'
import { prepareSteps } from './prepare.js'
import { displayName, type Recorder, record } from './record.js'
import { openJob } from './set-up.js'
import type { Attempt, Frame } from './state.js'
import { actionNames, evaluateEnv, explain, runStep } from './step.js'
import type { StepLog } from './step-log.js'
import { forgetGroup } from './watchdog.js'

/**
 * Runs one job as a runner does: actions found, pre scripts, steps in order, post scripts in reverse, outputs last.
 * What the job cannot do ends it as failed at its set-up, with the error's code in an annotation. Whatever processes
 * its steps left running are ended with it.
 */
export const runJob: RunJob = (job, scope) => runJobWith(job, scope, PATIENCE)

/** As `runJob`. @param patience how long an interrupted process may take to end */
export async function runJobWith(
  job: Parameters<RunJob>[0],
  scope: Parameters<RunJob>[1],
  patience: Patience,
): Promise<JobResult> {
  using clock = startJobClock(job.timeoutMinutes, scope.signal)
  const records: StepRecord[] = []
  const state = await openJob(job, scope, patience)
  const frame: Frame = {
    key: '',
    contexts: { ...scope.contexts, github: state.github },
    env: {},
    steps: {},
    status: 'success',
    home: job.home,
    depth: 0,
    defaults: job.defaults,
    cancelled: clock.cancelled,
    timedOut: clock.over,
  }
  try {
    const recorder = { state, frame, records }
    const ready = await setUp(recorder)
    if (ready) {
      for (const pre of ready) {
        await runExtra(recorder, pre, frame.cancelled.aborted ? frame.timedOut : frame.cancelled)
      }
      await runOwnSteps(recorder)
      for (const post of state.posts.toReversed()) await runExtra(recorder, post, frame.timedOut)
    }
    if (clock.expired()) {
      await record(recorder, 'Complete job', undefined, async (log) => {
        log.annotate(
          'error',
          `The job has exceeded the maximum execution time of ${job.timeoutMinutes} minutes.`,
        )
        return { outcome: 'cancelled', conclusion: 'cancelled', outputs: {} }
      })
    }
    const outputs = await collectOutputs(recorder)
    return { conclusion: statusOf(frame), outputs, steps: records }
  } finally {
    for (const group of state.groups) {
      killGroup(group)
      forgetGroup(group)
    }
  }
}

/** Evaluates the job's `env` and finds its actions; a fault is shown as the step that GitHub has for it. */
async function setUp(recorder: Recorder): Promise<Awaited<ReturnType<typeof prepareSteps>> | undefined> {
  const { state, frame } = recorder
  try {
    const env = evaluateEnv(state, state.job.env, stepContexts(state, frame, {}))
    for (const [name, value] of Object.entries(env)) state.env.set(name, value)
    return await prepareSteps(state, frame, state.job.steps)
  } catch (error) {
    frame.status = 'failure'
    await record(recorder, 'Set up job', undefined, async (log) => {
      explain(log, error)
      return { outcome: 'failure', conclusion: 'failure', outputs: {} }
    })
    return undefined
  }
}

async function runOwnSteps(recorder: Recorder): Promise<void> {
  const { state, frame } = recorder
  const { steps } = state.job
  const names = actionNames(steps)
  for (const [index, step] of steps.entries()) {
    await record(recorder, displayName(state, frame, titleOf(step)), step.id, (log) =>
      runStep(state, frame, step, { index, action: names[index] ?? '' }, log),
    )
  }
}

/** A pre or post script: it has a condition of its own, and no `continue-on-error`. */
async function runExtra(
  recorder: Recorder,
  extra: {
    name: string
    condition: string
    contexts(): Frame['contexts']
    run(attempt: Attempt): Promise<boolean>
  },
  stop: AbortSignal,
): Promise<void> {
  const { state, frame } = recorder
  await record(recorder, displayName(state, frame, extra.name), undefined, async (log) => {
    const outputs: Record<string, string> = {}
    const outcome = await attemptExtra()
    if (outcome === 'failure') frame.status = 'failure'
    return { outcome, conclusion: outcome, outputs }

    async function attemptExtra(): Promise<Conclusion> {
      try {
        if (frame.timedOut.aborted) return 'skipped'
        const contexts = { ...extra.contexts(), job: stepContexts(state, frame, {})['job'] ?? {} }
        if (!state.scope.expressions.holds(extra.condition, contexts, statusOf(frame))) return 'skipped'
        const good = await extra.run({ stop, cancelled: stop, timedOut: frame.timedOut, outputs, log })
        return good ? 'success' : stop.aborted ? 'cancelled' : 'failure'
      } catch (error) {
        explain(log, error)
        return 'failure'
      }
    }
  })
}

/** The job's outputs; one that holds a secret is left out, as GitHub does. */
async function collectOutputs(recorder: Recorder): Promise<Readonly<Record<string, string>>> {
  const { state, frame } = recorder
  const outputs: Record<string, string> = {}
  const faults: ((log: StepLog) => void)[] = []
  let failed = false
  for (const [name, text] of Object.entries(state.job.outputs)) {
    try {
      const value = state.scope.expressions.interpolate(text, stepContexts(state, frame, {}))
      if (state.masks.hide(value) === value) outputs[name] = value
      else faults.push((log) => log.annotate('warning', `Skip output '${name}' since it may contain secret.`))
    } catch (error) {
      failed = true
      faults.push((log) => explain(log, error))
    }
  }
  if (failed) frame.status = 'failure'
  if (faults.length > 0) {
    const conclusion = failed ? 'failure' : 'success'
    await record(recorder, 'Complete job', undefined, async (log) => {
      for (const fault of faults) fault(log)
      return { outcome: conclusion, conclusion, outputs: {} }
    })
  }
  return outputs
}
