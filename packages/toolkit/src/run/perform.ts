import { realpath } from 'node:fs/promises'
import { relative, sep } from 'node:path'
import type { AnyAction } from '../action.js'
import type { Context } from '../context.js'
import { clearReports, type ReportFiles, writeReports } from '../publish/report-files.js'
import { execute, failure, type Outcome } from './execute.js'
import { createContext, type Host, mask } from './host.js'
import { type CommonInputs, commonInputsOf, type InputReader, parseInputs, secretsOf } from './inputs.js'

/** A finished run with what its surfaces need. */
export interface Performed {
  readonly outcome: Outcome
  readonly inputs: CommonInputs
  readonly context: Context
  /** Undefined when no report could be written; `outcome` then says why. */
  readonly files: ReportFiles | undefined
  /** The working directory as seen from the checkout; `.` when it is the checkout, or lies elsewhere. */
  readonly base: string
}

/**
 * One run from the text of its inputs to its report files. What an earlier run left is removed first, so that
 * nobody takes its report for this run's, or signs its statement. Never throws on what a user can cause.
 */
export async function perform(action: AnyAction, read: InputReader, host: Host): Promise<Performed> {
  for (const secret of secretsOf(action, read)) mask(host, secret)
  const inputs = commonInputsOf(read)
  let context: Context | undefined
  let outcome: Outcome
  try {
    context = await createContext(host, inputs.workingDirectory)
    await clearReports(context.workspace, inputs.reportDirectory, action.name)
    outcome = await execute(action, parseInputs(action.inputs, read), context)
  } catch (error) {
    outcome = failure(action, error, new Date(), host.signal)
  }
  outcome = { ...outcome, report: host.masks.hideIn(outcome.report) }
  context ??= await createContext(host, inputs.workingDirectory).catch(() => createContext(host, '.'))
  const base = await folderIn(host.cwd, context.workspace.root)
  const { workspace } = context
  try {
    const files = await writeReports(workspace, inputs.reportDirectory, outcome.report, base, context.run)
    return { outcome, inputs, context, files, base }
  } catch (error) {
    // The run's own error is the one to show; a report that cannot be written is one only after a decision.
    const shown = outcome.report.error ? outcome : failure(action, error, new Date(), host.signal)
    return { outcome: shown, inputs, context, files: undefined, base }
  }
}

async function folderIn(checkout: string, root: string): Promise<string> {
  const path = relative(await realpath(checkout), root)
  return path === '' || path.startsWith('..') ? '.' : path.split(sep).join('/')
}
