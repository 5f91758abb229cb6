import type { RunFacts } from '../contract.js'
import type { RepositoryFacts } from '../oidc/claims.js'
import {
  bearerOf,
  type Call,
  HttpFault,
  type Loopback,
  type Reply,
  startLoopback,
} from '../server/loopback.js'
import type { Approvals } from './approvals.js'
import { attestationRoutes } from './attestations.js'
import { checkRoutes } from './checks.js'
import { commentRoutes } from './comments.js'
import { contentRoutes } from './contents.js'
import { deploymentRoutes } from './deployments.js'
import { environmentRoutes } from './environments.js'
import type { GitHubRecord } from './record.js'
import { match, type Route } from './route.js'
import type { State } from './state.js'
import { type Caller, grants, type Tokens } from './tokens.js'
import { identityRoutes } from './who.js'
import { type EarlierArtifact, startBlobs, workflowRunRoutes } from './workflow-runs.js'

export interface GitHubOptions {
  readonly run: RunFacts
  readonly repository: RepositoryFacts
  /** The checkout that contents are served from. */
  readonly folder: string
  readonly tokens: Tokens
  readonly approvals: Approvals
  /** What earlier runs of the default branch left; nothing by default. */
  readonly earlier?: readonly EarlierArtifact[]
}

/** GitHub's REST API, as far as the suite calls it. */
export interface GitHub extends Loopback {
  readonly state: State
  record(): GitHubRecord
}

/**
 * Starts it. Each route says what permission it needs; a job's token that lacks it is refused with GitHub's own words,
 * and a route that is not known is refused by name, so that nothing passes because a stand-in was friendly.
 */
export async function startGitHub(options: GitHubOptions): Promise<GitHub> {
  await using stack = new AsyncDisposableStack()
  const earlier = options.earlier ?? []
  const blobs = stack.use(await startBlobs(earlier))
  let ids = 1000
  let url = ''
  const state: State = {
    ...options,
    earlier,
    url: () => url,
    comments: [],
    checks: [],
    deployments: [],
    attestations: [],
    refused: [],
    unknown: [],
    nextId: () => ++ids,
  }
  const routes = [
    ...identityRoutes(state),
    ...commentRoutes(state),
    ...checkRoutes(state),
    ...deploymentRoutes(state),
    ...environmentRoutes(state),
    ...attestationRoutes(state),
    ...contentRoutes(state),
    ...workflowRunRoutes(state, () => blobs.url),
  ]
  const server = stack.use(
    await startLoopback(async (call) => await answer(call, routes, state, options.tokens)),
  )
  url = server.url
  const running = stack.move()
  return {
    url,
    state,
    record: () => ({
      comments: [...state.comments],
      checks: [...state.checks],
      deployments: [...state.deployments],
      approvals: [...state.approvals.given],
      attestations: [...state.attestations],
      refused: [...state.refused],
      unknown: [...state.unknown],
    }),
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  }
}

async function answer(call: Call, routes: readonly Route[], state: State, tokens: Tokens): Promise<Reply> {
  const token = bearerOf(call)
  if (token === undefined) throw new HttpFault(401, 'Requires authentication')
  const caller = tokens.holder(token)
  if (caller === undefined) throw new HttpFault(401, 'Bad credentials')
  const asked = `${call.method} ${call.url.pathname}`
  for (const route of routes) {
    const at = route.method === call.method ? match(route.path, call.url.pathname) : undefined
    if (at === undefined) continue
    // The token is an installation's on one repository: others might as well not be there.
    if (at['repo'] !== undefined && !same(`${at['owner']}/${at['repo']}`, state.run.repository))
      throw new HttpFault(404, 'Not Found')
    allow(route, caller, asked, state)
    return await route.handle({ call, caller, at })
  }
  state.unknown.push(asked)
  throw new HttpFault(501, `The rehearsal does not know ${asked}`)
}

/** Names on GitHub do not differ by case. */
function same(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase()
}

function allow({ needs }: Route, caller: Caller, asked: string, state: State): void {
  if (caller.kind === 'person' || needs === 'none') return
  const { job, permissions } = caller
  const alternatives = needs === 'person' ? [] : needs.map((need) => need.split(':'))
  if (alternatives.some(([key = '', level]) => grants(permissions, key, level as 'read' | 'write'))) return
  const needed = needs === 'person' ? 'a person' : needs.join(' or ')
  state.refused.push({ job, request: asked, needed })
  const accepted = alternatives.map(([key = '', level]) => `${key.replaceAll('-', '_')}=${level}`).join('; ')
  throw new HttpFault(
    403,
    'Resource not accessible by integration',
    { documentation_url: 'https://docs.github.com/rest', status: '403' },
    accepted === '' ? {} : { 'x-accepted-github-permissions': accepted },
  )
}
