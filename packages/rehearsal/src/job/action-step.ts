import type { Contexts, PlannedStep } from '../contract.js'
import { type ActionIdentity, githubContext } from './contexts.js'
import type { Variables } from './environment.js'
import { type ActionInputs, fillInputs } from './inputs.js'
import type { FoundAction } from './reference.js'
import type { Frame, JobState } from './state.js'

/** An action with an `action.yml`. */
export type FoundFile = Extract<FoundAction, { kind: 'file' }>

/** A `uses:` step when it is its turn. */
export interface ActionStep {
  /** Tells the step from every other of the job. */
  readonly key: string
  readonly step: PlannedStep
  readonly does: Extract<PlannedStep['does'], { kind: 'uses' }>
  /** `github.action` */
  readonly action: string
  /** The step's `env`, evaluated. */
  readonly env: Variables
  readonly contexts: Contexts
}

/** What a step is called on a run page. */
export function titleOf(step: PlannedStep): string {
  if (step.name) return step.name
  return step.does.kind === 'uses' ? `Run ${step.does.uses}` : `Run ${step.does.script.split('\n')[0] ?? ''}`
}

/** What of `github` is particular to the action. */
export function identityOf(action: string, { file, home, ref }: FoundFile): ActionIdentity {
  const path = file.runs.using === 'composite' ? { path: file.folder } : {}
  return ref === undefined ? { action, ...path } : { action, ...path, repository: home.repository, ref }
}

/** The inputs that the action gets of its step. @throws SluiceError of an expression */
export function actionInputs(
  state: JobState,
  frame: Frame,
  use: Pick<ActionStep, 'does' | 'action' | 'contexts'>,
  found: FoundFile,
): ActionInputs {
  const github = githubContext(frame, identityOf(use.action, found))
  return fillInputs(found.file.inputs, use.does.with, state.scope.expressions, { ...use.contexts, github })
}
