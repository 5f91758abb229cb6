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
    const values = parseInputs(action.inputs, read)
    context = await createContext(host, inputs.workingDirectory)
    await clearReports(context.workspace, inputs.reportDirectory, action.name)
    outcome = await execute(action, values, context)
  } catch (error) {
    outcome = failure(action, error, new Date(), host.signal)
  }
  context ??= await createContext(host, inputs.workingDirectory).catch(() => createContext(host, '.'))
  try {
    const files = await writeReports(context.workspace, inputs.reportDirectory, outcome.report, host.masks)
    return { outcome, inputs, context, files }
  } catch (error) {
    // The run's own error is the one to show; a report that cannot be written is one only after a decision.
    const shown = outcome.report.error ? outcome : failure(action, error, new Date(), host.signal)
    return { outcome: shown, inputs, context, files: undefined }
  }
}
