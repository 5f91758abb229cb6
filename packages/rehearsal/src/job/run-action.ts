import { runEquivalent } from '../equivalent/run-equivalent.js'
import { type ActionStep, actionInputs } from './action-step.js'
import { type RunSteps, runComposite } from './composite-action.js'
import { type ActionInputs, fillInputs } from './inputs.js'
import { runNodeAction } from './node-action.js'
import { findAction } from './reference.js'
import type { ActionUse, Attempt, Frame, JobState } from './state.js'

/**
 * Runs a `uses:` step: a local equivalent, a composite action or one that Node runs.
 * @returns whether it succeeded; why not is in the log
 * @throws SluiceError of what cannot be found, read or evaluated
 */
export async function runAction(
  state: JobState,
  frame: Frame,
  attempt: Attempt,
  use: ActionStep,
  runSteps: RunSteps,
): Promise<boolean> {
  announce(attempt, use)
  const shared = await sharedOf(state, frame, use)
  const { found } = shared
  if (found.kind === 'equivalent') {
    const { equivalent } = found
    const inputs = fillInputs(equivalent.inputs, use.does.with, state.scope.expressions, use.contexts)
    warn(attempt, inputs)
    await runEquivalent(state, frame, attempt, equivalent, inputs.values)
    return true
  }
  const { runs } = found.file
  if (runs.using === 'composite') {
    const inputs = actionInputs(state, frame, use, found)
    warn(attempt, inputs)
    return runComposite(state, frame, attempt, { use, found, runs, inputs, runSteps })
  }
  return runNodeAction(state, frame, attempt, 'main', { use, shared, found, runs })
}

/** What was found before the first step, or, for an action of the workspace, what is there now. */
async function sharedOf(state: JobState, frame: Frame, { key, does, step }: ActionStep): Promise<ActionUse> {
  const known = state.uses.get(key)
  if (known) return known
  const use: ActionUse = {
    found: await findAction(does.uses, frame.home, state.scope, step.place),
    state: {},
  }
  state.uses.set(key, use)
  return use
}

function announce({ log }: Attempt, { does }: ActionStep): void {
  log.line(`##[group]Run ${does.uses}`)
  for (const [name, value] of Object.entries(does.with)) log.line(`  ${name}: ${value}`)
  log.line('##[endgroup]')
}

function warn({ log }: Attempt, { warnings }: ActionInputs): void {
  for (const warning of warnings) log.annotate('warning', warning)
}
