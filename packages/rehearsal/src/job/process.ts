import { stat } from 'node:fs/promises'
import { SluiceError } from '@sluice/errors'
import type { Value } from '../contract.js'
import { runChild } from './child.js'
import { processVariables, type Variables } from './environment.js'
import type { Attempt, Frame, JobState } from './state.js'
import { makeStepFiles } from './step-files.js'
import { commandReader } from './step-log.js'
import { watchGroup } from './watchdog.js'

export interface StepProcess {
  readonly command: string
  readonly args: readonly string[]
  readonly cwd: string
  readonly kind: 'run' | 'action'
  /** The step's `env`, evaluated. */
  readonly env: Variables
  /** `github` as this process sees it. */
  readonly github: Readonly<Record<string, Value>>
  /** Inputs and state. */
  readonly own: Variables
  /** Where GITHUB_STATE goes. */
  readonly state: Record<string, string>
}

/**
 * Runs a step's process as a runner does: its files made, its lines read, its results taken over whatever the end.
 * @returns whether it succeeded; why not is in the log
 * @throws SluiceError WORKING_DIRECTORY_MISSING, STEP_NOT_STARTED
 */
export async function runProcess(
  state: JobState,
  frame: Frame,
  attempt: Attempt,
  process: StepProcess,
): Promise<boolean> {
  const { log, outputs } = attempt
  if (!(await stat(process.cwd).catch(() => undefined))?.isDirectory()) {
    throw new SluiceError('WORKING_DIRECTORY_MISSING', `The working directory ${process.cwd} is not there.`, {
      remedy: 'Check out or make the folder in an earlier step, or correct `working-directory`.',
    })
  }
  const files = await makeStepFiles(state)
  let good = true
  const line = commandReader(log, {
    setOutput: (name, value) => {
      outputs[name] = value
    },
    saveState: (name, value) => {
      process.state[name] = value
    },
    fail: () => {
      good = false
    },
  })
  const code = await runChild({
    command: process.command,
    args: process.args,
    cwd: process.cwd,
    env: processVariables(state, {
      frame,
      env: process.env,
      github: process.github,
      kind: process.kind,
      own: { ...process.own, ...files.variables },
    }),
    line,
    stop: attempt.stop,
    patience: state.patience,
    started: (group) => {
      state.groups.add(group)
      watchGroup(group)
    },
  }).catch((cause: unknown) => {
    const because = cause instanceof Error ? cause.message : String(cause)
    throw new SluiceError('STEP_NOT_STARTED', `The step's process cannot be started: ${because}.`, {
      remedy:
        'Check the shell, the environment variables (no NUL bytes, not megabytes of them) and the folder.',
      kind: 'surroundings',
      cause,
    })
  })
  if (!(await files.collect({ outputs, state: process.state, log }))) good = false
  if (code !== 0 && !attempt.stop.aborted) log.annotate('error', `Process completed with exit code ${code}.`)
  return good && code === 0
}
