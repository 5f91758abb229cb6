import type { Conclusion, JobResult, RunJob, StepRecord } from '../contract.js'
import { killGroup, PATIENCE, type Patience } from './child.js'
import { statusOf, stepContexts } from './contexts.js'
import { prepareSteps } from './prepare.js'
import { titleOf } from './run-action.js'
import { openJob } from './set-up.js'
import type { Attempt, Frame, JobState } from './state.js'
import { actionNames, evaluateEnv, explain, runStep } from './step.js'
import { StepLog } from './step-log.js'

/** How long a job that was cancelled may still run its always()-steps (docs, canceling a workflow run). */
const CANCELLED_MILLISECONDS = 5 * 60_000
const LONGEST_MINUTES = 35_000

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
  const clock = jobClock(job.timeoutMinutes, scope.signal)
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
      for (const pre of ready) await runExtra(recorder, pre, frame.cancelled)
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
    clock.stop()
    for (const group of state.groups) killGroup(group)
  }
}

interface Recorder {
  readonly state: JobState
  readonly frame: Frame
  readonly records: StepRecord[]
}

interface Ended {
  readonly outcome: Conclusion
  readonly conclusion: Conclusion
  readonly outputs: Readonly<Record<string, string>>
}

/** The job's time limit and its cancellation as signals. */
function jobClock(minutes: number, signal: AbortSignal) {
  const time = new AbortController()
  const over = new AbortController()
  const cancelled = AbortSignal.any([signal, time.signal])
  const limit = setTimeout(() => time.abort(), Math.min(minutes, LONGEST_MINUTES) * 60_000)
  let grace: NodeJS.Timeout | undefined
  const begin = () => {
    grace = setTimeout(() => over.abort(), CANCELLED_MILLISECONDS)
  }
  if (cancelled.aborted) begin()
  else cancelled.addEventListener('abort', begin, { once: true })
  return {
    cancelled,
    over: over.signal,
    expired: () => time.signal.aborted,
    stop: () => {
      cancelled.removeEventListener('abort', begin)
      clearTimeout(limit)
      clearTimeout(grace)
    },
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

/** Runs something as a step of the run page: events before and after, and a record of what came of it. */
async function record(
  { state, records }: Recorder,
  name: string,
  id: string | undefined,
  run: (log: StepLog) => Promise<Ended>,
): Promise<void> {
  const { events } = state.scope
  const job = state.job.key
  events({ kind: 'step-started', job, step: name })
  const log = new StepLog({
    masks: state.masks,
    debug: state.debug,
    emit: (line) => events({ kind: 'log', job, line }),
  })
  const began = performance.now()
  const { outcome, conclusion, outputs } = await run(log)
  const step: StepRecord = {
    name,
    ...(id === undefined ? {} : { id }),
    outcome,
    conclusion,
    milliseconds: performance.now() - began,
    outputs: Object.fromEntries(
      Object.entries(outputs).map(([key, value]) => [key, state.masks.hide(value)]),
    ),
    summary: log.summary,
    annotations: log.annotations,
  }
  records.push(step)
  events({ kind: 'step-ended', job, step })
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

/** A step's name may hold expressions; one that cannot be evaluated is shown as written. */
function displayName(state: JobState, frame: Frame, name: string): string {
  try {
    return state.masks.hide(state.scope.expressions.interpolate(name, stepContexts(state, frame, {})))
  } catch {
    return name
  }
}
