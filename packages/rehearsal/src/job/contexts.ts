import type { Contexts, Status, Value } from '../contract.js'
import { runnerContext } from './environment.js'
import type { Frame, JobState } from './state.js'

/** Which repository an action in use belongs to, and where it lies. */
export interface ActionIdentity {
  /** `github.action` */
  readonly action: string
  readonly path?: string
  readonly repository?: string
  readonly ref?: string
}

/** Everything an expression of a step sees. */
export function stepContexts(
  state: JobState,
  frame: Frame,
  env: Readonly<Record<string, string>>,
  identity?: ActionIdentity,
): Contexts {
  return {
    ...frame.contexts,
    github: githubContext(frame, identity),
    env: { ...Object.fromEntries(state.env), ...frame.env, ...env },
    steps: Object.fromEntries(Object.entries(frame.steps).map(([id, step]) => [id, { ...step }])),
    job: jobContext(state, frame),
    runner: runnerContext(state),
  }
}

/** `github` as a step sees it: the run's, with what is particular to the action around or to itself. */
export function githubContext(frame: Frame, identity?: ActionIdentity): Readonly<Record<string, Value>> {
  return { ...mapping(frame.contexts['github']), ...(identity ? identityOf(identity) : {}) }
}

/** How things stand for `success()`, `failure()` and `cancelled()` in a frame. */
export function statusOf(frame: Frame): Status {
  return frame.cancelled.aborted ? 'cancelled' : frame.status
}

function identityOf({ action, path, repository, ref }: ActionIdentity): Readonly<Record<string, Value>> {
  return {
    action,
    ...(path === undefined ? {} : { action_path: path }),
    ...(repository === undefined ? {} : { action_repository: repository }),
    ...(ref === undefined ? {} : { action_ref: ref }),
  }
}

function jobContext(state: JobState, frame: Frame): Readonly<Record<string, Value>> {
  const { home } = state.job
  return {
    ...mapping(state.scope.contexts['job']),
    status: statusOf(frame),
    workflow_ref: `${home.repository}/${home.workflow}@${home.ref}`,
    workflow_sha: home.sha,
    workflow_repository: home.repository,
    workflow_file_path: home.workflow,
  }
}

/** A context that is a mapping; anything else is as good as empty. */
export function mapping(value: Value | undefined): Readonly<Record<string, Value>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Readonly<Record<string, Value>>)
    : {}
}
