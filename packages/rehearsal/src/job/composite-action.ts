import { SluiceError } from '@sluice/errors'
import type { PlannedStep } from '../contract.js'
import type { CompositeRuns } from './action-file.js'
import { type ActionStep, type FoundFile, identityOf } from './action-step.js'
import { githubContext, stepContexts } from './contexts.js'
import type { ActionInputs } from './inputs.js'
import { DEEPEST } from './reference.js'
import type { Attempt, Frame, JobState } from './state.js'

/** Runs a list of steps in a frame to its end; given in, because an action may itself be a list of steps. */
export type RunSteps = (
  state: JobState,
  frame: Frame,
  steps: readonly PlannedStep[],
  attempt: Attempt,
) => Promise<void>

export interface CompositeAction {
  readonly use: ActionStep
  readonly found: FoundFile
  readonly runs: CompositeRuns
  readonly inputs: ActionInputs
  readonly runSteps: RunSteps
}

/** Runs a composite action's steps; its outputs are there even when it fails. @returns whether it succeeded */
export async function runComposite(
  state: JobState,
  frame: Frame,
  attempt: Attempt,
  { use, found, runs, inputs, runSteps }: CompositeAction,
): Promise<boolean> {
  const inner = compositeFrame(frame, use, found, inputs, attempt)
  await runSteps(state, inner, runs.steps, attempt)
  const contexts = stepContexts(state, inner, {})
  for (const [name, { value }] of Object.entries(found.file.outputs)) {
    attempt.outputs[name] = value === undefined ? '' : state.scope.expressions.interpolate(value, contexts)
  }
  return inner.status !== 'failure'
}

/**
 * The frame in which a composite action's steps run.
 * @param signals those of the attempt at the step that uses it
 * @throws SluiceError ACTION_INVALID beyond GitHub's depth
 */
export function compositeFrame(
  frame: Frame,
  use: Pick<ActionStep, 'key' | 'action' | 'env'>,
  found: FoundFile,
  inputs: ActionInputs,
  signals: Pick<Frame, 'cancelled' | 'timedOut'>,
): Frame {
  if (frame.depth >= DEEPEST) {
    throw new SluiceError(
      'ACTION_INVALID',
      `Composite actions lie more than ${DEEPEST} deep in each other.`,
      {
        remedy: 'Look for an action that uses itself.',
      },
    )
  }
  // Secrets, variables and needs reach a composite action by its inputs only (docs, contexts availability).
  const { secrets: _secrets, vars: _vars, needs: _needs, ...contexts } = frame.contexts
  return {
    key: use.key,
    contexts: {
      ...contexts,
      inputs: inputs.values,
      github: githubContext(frame, identityOf(use.action, found)),
    },
    env: { ...frame.env, ...use.env },
    steps: {},
    status: 'success',
    home: found.home,
    depth: frame.depth + 1,
    defaults: {},
    cancelled: signals.cancelled,
    timedOut: signals.timedOut,
  }
}
