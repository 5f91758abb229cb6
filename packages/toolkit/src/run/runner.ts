import { type Report, toText } from '@sluice/verdict'
import type { AnyAction } from '../action.js'
import type { Fetch } from '../context.js'
import type { ExitCode } from './execute.js'
import { fromEnvironment } from './inputs.js'
import { Masks } from './log.js'
import { type Performed, perform } from './perform.js'
import type { Environment } from './run-context.js'

/** One run as a step of a workflow: inputs from the environment, results to the runner's surfaces. */
export async function runOnRunner(
  action: AnyAction,
  process: {
    readonly env: Environment
    readonly cwd: string
    readonly signal: AbortSignal
    readonly fetch?: Fetch
  },
): Promise<ExitCode> {
  const core = await import('@actions/core')
  const masks = new Masks()
  const performed = await perform(action, fromEnvironment(process.env), {
    env: process.env,
    cwd: process.env['GITHUB_WORKSPACE'] || process.cwd,
    signal: process.signal,
    masks,
    log: (line) => globalThis.process.stdout.write(line),
    debug: core.debug,
    mask: core.setSecret,
    ...(process.fetch ? { fetch: process.fetch } : {}),
  })
  const { report } = performed.outcome
  for (const [name, value] of Object.entries(outputsOf(performed))) core.setOutput(name, masks.hide(value))
  performed.context.log.info(toText(report))
  if (report.error) core.error(masks.hide(errorText(report.error)), { title: report.error.code })
  return performed.outcome.exitCode
}

/** The step's outputs: the action's own, then the common ones. */
export function outputsOf({ outcome, files }: Performed): Record<string, string> {
  const { verdict, headline, outputs } = outcome.report
  return {
    ...outputs,
    verdict,
    headline,
    report: files?.report ?? '',
    sarif: files?.sarif ?? '',
    statement: files?.statements.join('\n') ?? '',
  }
}

function errorText(error: NonNullable<Report['error']>): string {
  return `${error.code}: ${error.message} ${error.remedy}`
}
