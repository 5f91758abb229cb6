import { delimiter } from 'node:path'
import type { Value } from '../contract.js'
import type { Frame, JobState } from './state.js'

export type Variables = Readonly<Record<string, string>>

/** What a step's process may know of the machine it really runs on. */
const INHERITED = [
  'LANG',
  'LC_ALL',
  'HTTP_PROXY',
  'HTTPS_PROXY',
  'NO_PROXY',
  'http_proxy',
  'https_proxy',
  'no_proxy',
  'NODE_EXTRA_CA_CERTS',
  'SSL_CERT_FILE',
]

/** Parts of `github` that become GITHUB_<NAME> (actions/runner src/Runner.Worker/GitHubContext.cs). */
const FROM_GITHUB = [
  'action',
  'action_path',
  'action_ref',
  'action_repository',
  'actor',
  'actor_id',
  'api_url',
  'base_ref',
  'event_name',
  'event_path',
  'graphql_url',
  'head_ref',
  'job',
  'ref',
  'ref_name',
  'ref_protected',
  'ref_type',
  'repository',
  'repository_id',
  'repository_owner',
  'repository_owner_id',
  'retention_days',
  'run_attempt',
  'run_id',
  'run_number',
  'server_url',
  'sha',
  'triggering_actor',
  'workflow',
  'workflow_ref',
  'workflow_sha',
  'workspace',
]

/** Given to actions but not to `run:` steps, as on GitHub. */
const FOR_ACTIONS_ONLY = /^ACTIONS_(RUNTIME_|RESULTS_|CACHE_)/
/** The token comes as `github.token` or a secret, never by itself; the rehearsal's own variables do not come at all. */
const NOT_FOR_STEPS = /^(?:GITHUB_TOKEN$|REHEARSAL_)/

export interface Process {
  readonly frame: Frame
  /** The step's own `env`, evaluated. */
  readonly env: Variables
  /** `github` as this step sees it. */
  readonly github: Readonly<Record<string, Value>>
  readonly kind: 'run' | 'action'
  /** The runner's files, inputs and state: nothing overrides these. */
  readonly own: Variables
}

/** Every variable of one step's process. Nothing is inherited but PATH, the language and the way to the network. */
export function processVariables(state: JobState, { frame, env, github, kind, own }: Process): Variables {
  const services = Object.entries(state.scope.services).filter(
    ([name]) => !NOT_FOR_STEPS.test(name) && (kind === 'action' || !FOR_ACTIONS_ONLY.test(name)),
  )
  const variables: Record<string, string> = {
    ...inherited(),
    CI: 'true',
    HOME: state.folders.home,
    ...Object.fromEntries(state.env),
    ...frame.env,
    ...env,
    GITHUB_ACTIONS: 'true',
    ...githubVariables(github),
    ...runnerVariables(state),
    ...Object.fromEntries(services),
    ...own,
  }
  variables['PATH'] = searchPath(state, variables['PATH'] ?? '')
  return variables
}

/** PATH with what steps added before it. */
export function searchPath(state: JobState, path: string = process.env['PATH'] ?? ''): string {
  return [...state.path, ...(path === '' ? [] : [path])].join(delimiter)
}

/** The `runner` context. */
export function runnerContext(state: JobState): Readonly<Record<string, Value>> {
  return {
    name: 'rehearsal',
    os: process.platform === 'darwin' ? 'macOS' : 'Linux',
    arch: process.arch === 'arm64' ? 'ARM64' : 'X64',
    environment: 'github-hosted',
    temp: state.folders.temporary,
    tool_cache: state.folders.tools,
    workspace: state.scope.workspace,
    ...(state.debug ? { debug: '1' } : {}),
  }
}

function runnerVariables(state: JobState): Variables {
  return Object.fromEntries(
    Object.entries(runnerContext(state)).map(([name, value]) => [
      `RUNNER_${name.toUpperCase()}`,
      String(value),
    ]),
  )
}

function githubVariables(github: Readonly<Record<string, Value>>): Variables {
  const variables: Record<string, string> = {}
  for (const name of FROM_GITHUB) {
    const value = github[name]
    if (value === undefined || value === null || typeof value === 'object') continue
    variables[`GITHUB_${name.toUpperCase()}`] = String(value)
  }
  return variables
}

function inherited(): Record<string, string> {
  const variables: Record<string, string> = { PATH: process.env['PATH'] ?? '' }
  for (const name of INHERITED) {
    const value = process.env[name]
    if (value !== undefined) variables[name] = value
  }
  // The stand-ins are on this machine, where no proxy leads.
  for (const name of ['NO_PROXY', 'no_proxy']) {
    variables[name] = [variables[name], '127.0.0.1', 'localhost'].filter((host) => host).join(',')
  }
  return variables
}
