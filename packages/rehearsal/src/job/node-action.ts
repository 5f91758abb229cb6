import type { NodeRuns } from './action-file.js'
import { type ActionStep, actionInputs, type FoundFile, identityOf, titleOf } from './action-step.js'
import { githubContext, stepContexts } from './contexts.js'
import { inputVariables } from './inputs.js'
import { runProcess } from './process.js'
import type { ActionUse, Attempt, Frame, JobState } from './state.js'

/** An action that Node runs, as one step uses it. */
export interface NodeAction {
  readonly use: ActionStep
  readonly shared: ActionUse
  readonly found: FoundFile
  readonly runs: NodeRuns
}

/**
 * Runs an action's `pre` or `main` with the Node that runs the rehearsal, and sees to it that its `post` comes.
 * @returns whether it succeeded
 */
export async function runNodeAction(
  state: JobState,
  frame: Frame,
  attempt: Attempt,
  part: 'pre' | 'main',
  action: NodeAction,
): Promise<boolean> {
  const script = action.runs[part]
  if (script === undefined) return true
  registerPost(state, frame, action)
  const inputs = actionInputs(state, frame, action.use, action.found)
  // Said once: a pre script runs in a step of its own.
  if (part === 'main') for (const warning of inputs.warnings) attempt.log.annotate('warning', warning)
  return runPart(state, frame, attempt, action, script, inputs.values)
}

/** A post script runs if pre or main began, once a step, and with what the last of the two saw. */
function registerPost(state: JobState, frame: Frame, { use, shared, found, runs }: NodeAction): void {
  const { post } = runs
  if (post === undefined) return
  const first = shared.last === undefined
  shared.last = { frame, use }
  if (!first) return
  const now = () => {
    const last = shared.last ?? { frame, use }
    const contexts = stepContexts(state, last.frame, last.use.env, identityOf(use.action, found))
    return { frame: last.frame, use: { ...last.use, contexts } }
  }
  state.posts.push({
    name: `Post ${titleOf(use.step)}`,
    condition: runs.postIf,
    contexts: () => now().use.contexts,
    run: (attempt) => {
      const last = now()
      const { values } = actionInputs(state, last.frame, last.use, found)
      return runPart(state, last.frame, attempt, { use: last.use, shared, found, runs }, post, values)
    },
  })
}

function runPart(
  state: JobState,
  frame: Frame,
  attempt: Attempt,
  { use, shared, found }: NodeAction,
  script: string,
  inputs: Readonly<Record<string, string>>,
): Promise<boolean> {
  return runProcess(state, frame, attempt, {
    command: process.execPath,
    args: [script],
    cwd: state.scope.workspace,
    kind: 'action',
    env: use.env,
    github: githubContext(frame, { ...identityOf(use.action, found), path: found.file.folder }),
    own: {
      ...inputVariables(inputs),
      ...Object.fromEntries(Object.entries(shared.state).map(([name, value]) => [`STATE_${name}`, value])),
    },
    state: shared.state,
  })
}
