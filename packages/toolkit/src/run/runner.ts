import type { AnyAction } from '../action.js'
import type { Fetch } from '../context.js'
import { type RunnerCommands, runnerCommands } from '../publish/runner-commands.js'
import { publish } from '../publish/surfaces.js'
import type { ExitCode } from './execute.js'
import { fromEnvironment } from './inputs.js'
import { Masks } from './log.js'
import { perform } from './perform.js'
import type { Environment } from './run-context.js'

/** What a step has of its process. */
export interface StepProcess {
  readonly env: Environment
  readonly cwd: string
  readonly signal: AbortSignal
  /** Replaces the runner, in tests. */
  readonly commands?: RunnerCommands
  /** Replaces the network, in tests. */
  readonly fetch?: Fetch
}

/** One run as a step of a workflow: inputs from the environment, results to the runner's surfaces. */
export async function runOnRunner(action: AnyAction, process: StepProcess): Promise<ExitCode> {
  const commands =
    process.commands ?? runnerCommands(process.env, (text) => globalThis.process.stdout.write(text))
  const masks = new Masks()
  const performed = await perform(action, fromEnvironment(process.env), {
    env: process.env,
    cwd: process.env['GITHUB_WORKSPACE'] || process.cwd,
    signal: process.signal,
    masks,
    log: commands.log,
    debug: commands.debug,
    mask: commands.setSecret,
    ...(process.fetch ? { fetch: process.fetch } : {}),
  })
  await publish(performed, commands)
  return performed.outcome.exitCode
}
