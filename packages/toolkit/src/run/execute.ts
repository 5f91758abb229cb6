import { isSluiceError, SluiceError } from '@sluice/errors'
import { oneLine, PROJECT, type Report, type Result, type Verdict } from '@sluice/verdict'
import type { AnyAction } from '../action.js'
import type { Context } from '../context.js'
import type { CommonInputs } from './inputs.js'

/** Process exit codes (design, section 4). */
export type ExitCode = 0 | 1 | 2 | 3

/** What a run came to. */
export interface Outcome {
  readonly report: Report
  readonly exitCode: ExitCode
}

/**
 * Runs an action on parsed inputs. Never throws: an error becomes a report that names it, with the verdict
 * `fail` for a refusal and `inconclusive` for everything else. Publishes nothing.
 */
export async function execute(
  action: AnyAction,
  inputs: Readonly<Record<string, unknown>>,
  context: Context,
): Promise<Outcome> {
  const failOn = (inputs['failOn'] ?? 'fail') as CommonInputs['failOn']
  try {
    const result: Result = await action.run(inputs, context)
    return {
      report: reportOf(action, result, context.clock.now()),
      exitCode: exitCode(result.verdict, failOn),
    }
  } catch (error) {
    if (!isSluiceError(error)) context.log.debug(stackOf(error))
    return failure(action, error, context.clock.now(), context.signal)
  }
}

/** The outcome of a run that ended in `error`. `fail-on` does not soften it: nothing was decided. */
export function failure(action: AnyAction, error: unknown, now: Date, signal?: AbortSignal): Outcome {
  const known = isSluiceError(error) ? error : wrap(error, signal)
  const { code, message, remedy, at } = known
  const result: Result = {
    verdict: known.kind === 'refused' ? 'fail' : 'inconclusive',
    headline: message,
    findings: [],
    sections: [],
    outputs: {},
    statements: [],
  }
  const report = { ...reportOf(action, result, now), error: { code, message, remedy, ...(at ? { at } : {}) } }
  return { report, exitCode: EXIT_OF_KIND[known.kind] }
}

const EXIT_OF_KIND = { refused: 1, usage: 2, surroundings: 3 } as const

/** The exit code of a verdict: `warn` fails only under `fail-on: warn`, nothing does under `never`. */
export function exitCode(verdict: Verdict, failOn: CommonInputs['failOn']): ExitCode {
  if (failOn === 'never' || verdict === 'pass') return 0
  if (verdict === 'warn') return failOn === 'warn' ? 1 : 0
  return verdict === 'fail' ? 1 : 3
}

function reportOf(action: AnyAction, result: Result, now: Date): Report {
  const made = { action: action.name, version: PROJECT.version, finishedAt: now.toISOString() }
  return { ...made, ...result, headline: oneLine(result.headline) }
}

function wrap(error: unknown, signal: AbortSignal | undefined): SluiceError {
  if (signal?.aborted) {
    return new SluiceError('INTERRUPTED', 'The run was stopped before it decided anything.', {
      remedy: 'Run it again.',
      kind: 'surroundings',
      cause: error,
    })
  }
  const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error)
  return new SluiceError('INTERNAL', `Something happened that no check foresees: ${message}`, {
    remedy: `Run it again with debug logging; when it stays, open an issue at https://github.com/${PROJECT.repository}/issues.`,
    kind: 'surroundings',
    cause: error,
  })
}

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}
