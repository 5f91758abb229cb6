import type { PlannedStep } from '../contract.js'
import { type ActionStep, actionInputs, titleOf } from './action-step.js'
import { compositeFrame } from './composite-action.js'
import { stepContexts } from './contexts.js'
import { runNodeAction } from './node-action.js'
import { findAction, isWorkspaceAction } from './reference.js'
import type { Attempt, Frame, JobState } from './state.js'
import { actionNames, evaluateEnv, stepKey } from './step.js'

/** A `pre` script that runs before the job's first step. */
export interface Pre {
  readonly name: string
  readonly condition: string
  contexts(): ActionStep['contexts']
  run(attempt: Attempt): Promise<boolean>
}

/**
 * Finds every action that the steps use, those inside composite actions too, as a runner does before the first
 * step: what cannot be run is refused before anything has run. Actions of the workspace (`./`) come later.
 * @returns the `pre` scripts, in the order of their steps
 * @throws SluiceError as `findAction`
 */
export async function prepareSteps(
  state: JobState,
  frame: Frame,
  steps: readonly PlannedStep[],
): Promise<readonly Pre[]> {
  const names = actionNames(steps)
  const pres: Pre[] = []
  for (const [index, step] of steps.entries()) {
    const { does } = step
    if (does.kind !== 'uses' || isWorkspaceAction(does.uses)) continue
    const found = await findAction(does.uses, frame.home, state.scope, step.place)
    const key = stepKey(frame, index)
    const shared = { found, state: {} }
    state.uses.set(key, shared)
    if (found.kind === 'equivalent') continue
    const { runs } = found.file
    const action = names[index] ?? ''
    const use = (): ActionStep => {
      const env = evaluateEnv(state, step.env, stepContexts(state, frame, {}, { action }))
      return { key, step, does, action, env, contexts: stepContexts(state, frame, env, { action }) }
    }
    if (runs.using === 'composite') {
      // Evaluated as far as it can be: no step has run yet, so outputs of steps are empty.
      const now = use()
      const inputs = actionInputs(state, frame, now, found)
      const inner = compositeFrame(frame, now, found, inputs, frame)
      pres.push(...(await prepareSteps(state, inner, runs.steps)))
    } else if (runs.using === 'node' && runs.pre !== undefined) {
      pres.push({
        name: `Pre ${titleOf(step)}`,
        condition: runs.preIf,
        contexts: () => use().contexts,
        run: (attempt) => runNodeAction(state, frame, attempt, 'pre', { use: use(), shared, found, runs }),
      })
    }
  }
  return pres
}
