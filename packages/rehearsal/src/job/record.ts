import type { Conclusion, StepRecord } from '../contract.js'
import { stepContexts } from './contexts.js'
import type { Frame, JobState } from './state.js'
import { StepLog } from './step-log.js'

/** A job while it is recorded. */
export interface Recorder {
  readonly state: JobState
  readonly frame: Frame
  readonly records: StepRecord[]
}

/** What came of one step. */
export interface Ended {
  readonly outcome: Conclusion
  readonly conclusion: Conclusion
  readonly outputs: Readonly<Record<string, string>>
}

/** Runs something as a step of the run page: events before and after, and a record of what came of it. */
export async function record(
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

/** A step's name may hold expressions; one that cannot be evaluated is shown as written. */
export function displayName(state: JobState, frame: Frame, name: string): string {
  try {
    return state.masks.hide(state.scope.expressions.interpolate(name, stepContexts(state, frame, {})))
  } catch {
    return name
  }
}
