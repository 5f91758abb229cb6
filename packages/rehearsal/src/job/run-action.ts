import { SluiceError } from '@sluice/errors'
import type { Contexts, PlannedStep, Value } from '../contract.js'
import { runEquivalent } from '../equivalent/run-equivalent.js'
import type { CompositeRuns, NodeRuns } from './action-file.js'
import { type ActionIdentity, githubContext, stepContexts } from './contexts.js'
import type { Variables } from './environment.js'
import { type ActionInputs, fillInputs, inputVariables } from './inputs.js'
import { runProcess } from './process.js'
import { DEEPEST, type FoundAction, findAction } from './reference.js'
import type { ActionUse, Attempt, Frame, JobState } from './state.js'

type FoundFile = Extract<FoundAction, { kind: 'file' }>

/** A `uses:` step when it is its turn. */
export interface ActionStep {
  /** Tells the step from every other of the job. */
  readonly key: string
  readonly step: PlannedStep
  readonly does: Extract<PlannedStep['does'], { kind: 'uses' }>
  readonly action: string
  readonly env: Variables
  readonly contexts: Contexts
}

/** Runs a list of steps in a frame to its end; given in, because an action may itself be a list of steps. */
export type RunSteps = (
  state: JobState,
  frame: Frame,
  steps: readonly PlannedStep[],
  attempt: Attempt,
) => Promise<void>

/** Runs an action's main part. @returns whether it succeeded; why not is in the log */
export async function runAction(
  state: JobState,
  frame: Frame,
  attempt: Attempt,
  use: ActionStep,
  runSteps: RunSteps,
): Promise<boolean> {
  attempt.log.line(`##[group]Run ${use.does.uses}`)
  for (const [name, value] of Object.entries(use.does.with)) attempt.log.line(`  ${name}: ${value}`)
  attempt.log.line('##[endgroup]')
  const shared = await sharedOf(state, frame, use)
  if (shared.found.kind === 'equivalent') {
    const { equivalent } = shared.found
    const inputs = warned(
      attempt,
      fillInputs(equivalent.inputs, use.does.with, state.scope.expressions, use.contexts),
    )
    await runEquivalent(state, frame, attempt, equivalent, inputs.values)
    return true
  }
  const { file } = shared.found
  const inputs = warned(attempt, actionInputs(state, frame, use, shared.found))
  if (file.runs.using === 'composite') {
    return runComposite(state, frame, attempt, {
      use,
      found: shared.found,
      runs: file.runs,
      inputs,
      runSteps,
    })
  }
  const runs = file.runs as NodeRuns
  registerPost(state, frame, { use, shared, found: shared.found, runs, inputs })
  return runNode(state, frame, attempt, { use, shared, found: shared.found, script: runs.main, inputs })
}

/** Runs an action's `pre`, before the job's first step. */
export async function runPre(
  state: JobState,
  frame: Frame,
  attempt: Attempt,
  use: ActionStep,
): Promise<boolean> {
  const shared = await sharedOf(state, frame, use)
  if (shared.found.kind !== 'file' || shared.found.file.runs.using !== 'node') return true
  const { found } = shared
  const runs = shared.found.file.runs
  const inputs = actionInputs(state, frame, use, found)
  registerPost(state, frame, { use, shared, found, runs, inputs })
  return (
    runs.pre === undefined || runNode(state, frame, attempt, { use, shared, found, script: runs.pre, inputs })
  )
}

/** The frame in which a composite action's steps run. */
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
      github: { ...githubContext(frame, identityOf(use.action, found)), action_path: found.file.folder },
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

/** Inputs of an action whose step's `env` and contexts are known. */
export function actionInputs(
  state: JobState,
  frame: Frame,
  use: Pick<ActionStep, 'does' | 'action' | 'contexts'>,
  found: FoundFile,
): ActionInputs {
  const github: Readonly<Record<string, Value>> = githubContext(frame, identityOf(use.action, found))
  return fillInputs(found.file.inputs, use.does.with, state.scope.expressions, { ...use.contexts, github })
}

async function sharedOf(state: JobState, frame: Frame, { key, does, step }: ActionStep): Promise<ActionUse> {
  const known = state.uses.get(key)
  if (known) return known
  const found = await findAction(does.uses, frame.home, state.scope, step.place)
  const use: ActionUse = { found, state: {}, postRegistered: false }
  state.uses.set(key, use)
  return use
}

interface NodeRun {
  readonly use: ActionStep
  readonly shared: ActionUse
  readonly found: FoundFile
  readonly script: string
  readonly inputs: ActionInputs
}

function runNode(state: JobState, frame: Frame, attempt: Attempt, run: NodeRun): Promise<boolean> {
  const { use, shared, found, script, inputs } = run
  return runProcess(state, frame, attempt, {
    command: process.execPath,
    args: [script],
    cwd: state.scope.workspace,
    kind: 'action',
    env: use.env,
    github: githubContext(frame, { ...identityOf(use.action, found), path: found.file.folder }),
    own: {
      ...inputVariables(inputs.values),
      ...Object.fromEntries(Object.entries(shared.state).map(([name, value]) => [`STATE_${name}`, value])),
    },
    state: shared.state,
  })
}

/** Post steps run if their action's pre or main began, once for each step. */
function registerPost(
  state: JobState,
  frame: Frame,
  { runs, ...run }: Omit<NodeRun, 'script'> & { readonly runs: NodeRuns },
): void {
  const { post } = runs
  if (post === undefined || run.shared.postRegistered) return
  run.shared.postRegistered = true
  state.posts.push({
    name: `Post ${titleOf(run.use.step)}`,
    condition: runs.postIf,
    contexts: () => stepContexts(state, frame, run.use.env, identityOf(run.use.action, run.found)),
    run: (attempt) => runNode(state, frame, attempt, { ...run, script: post }),
  })
}

interface CompositeRun {
  readonly use: ActionStep
  readonly found: FoundFile
  readonly runs: CompositeRuns
  readonly inputs: ActionInputs
  readonly runSteps: RunSteps
}

async function runComposite(
  state: JobState,
  frame: Frame,
  attempt: Attempt,
  run: CompositeRun,
): Promise<boolean> {
  const { use, found, runs, inputs, runSteps } = run
  const inner = compositeFrame(frame, use, found, inputs, attempt)
  await runSteps(state, inner, runs.steps, attempt)
  const contexts = stepContexts(state, inner, {})
  for (const [name, { value }] of Object.entries(found.file.outputs)) {
    attempt.outputs[name] = value === undefined ? '' : state.scope.expressions.interpolate(value, contexts)
  }
  return inner.status !== 'failure'
}

/** What a step is called on a run page. */
export function titleOf(step: PlannedStep): string {
  if (step.name) return step.name
  return step.does.kind === 'uses' ? `Run ${step.does.uses}` : `Run ${step.does.script.split('\n')[0] ?? ''}`
}

function identityOf(action: string, { file, home, ref }: FoundFile): ActionIdentity {
  const path = file.runs.using === 'composite' ? { path: file.folder } : {}
  return ref === undefined ? { action, ...path } : { action, ...path, repository: home.repository, ref }
}

function warned({ log }: Attempt, inputs: ActionInputs): ActionInputs {
  for (const warning of inputs.warnings) log.annotate('warning', warning)
  return inputs
}
