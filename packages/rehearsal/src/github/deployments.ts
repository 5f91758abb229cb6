import { HttpFault, json, readJson } from '../server/loopback.js'
import { page } from './page.js'
import type { Deployment, DeploymentStatus } from './record.js'
import type { Asked, Route } from './route.js'
import type { State } from './state.js'
import { BOT } from './who.js'

const STATES = ['error', 'failure', 'inactive', 'in_progress', 'queued', 'pending', 'success']

/** Deployments and their statuses. */
export function deploymentRoutes(state: State): Route[] {
  const all = '/repos/{owner}/{repo}/deployments'
  const statuses = `${all}/{id}/statuses`
  return [
    {
      method: 'GET',
      path: all,
      needs: ['deployments:read'],
      handle: ({ call }) => {
        const query = call.url.searchParams
        const found = state.deployments
          .filter((one) => (query.get('environment') ?? one.environment) === one.environment)
          .filter((one) => (query.get('sha') ?? one.sha) === one.sha)
          .toReversed()
        return page(call, state.url(), found, (some) => some.map((one) => shown(state, one)))
      },
    },
    {
      method: 'POST',
      path: all,
      needs: ['deployments:write'],
      handle: async ({ call, caller }) => {
        const given = await readJson(call)
        const { ref, environment = 'production', task = 'deploy', payload = {} } = given
        if (typeof ref !== 'string' || typeof environment !== 'string' || typeof task !== 'string')
          throw new HttpFault(422, 'Validation Failed', { errors: ['`ref` is needed'] })
        const deployment = deploy(state, { ref, environment, task, payload })
        const creator = caller.kind === 'job' ? BOT : caller.login
        return json(201, { ...shown(state, deployment), creator: { login: creator } })
      },
    },
    {
      method: 'GET',
      path: `${all}/{id}`,
      needs: ['deployments:read'],
      handle: ({ at }) => json(200, shown(state, find(state, at))),
    },
    {
      method: 'GET',
      path: statuses,
      needs: ['deployments:read'],
      handle: ({ call, at }) =>
        page(call, state.url(), find(state, at).statuses.toReversed(), (some) => some.map(shownStatus)),
    },
    {
      method: 'POST',
      path: statuses,
      needs: ['deployments:write'],
      handle: async ({ call, at }) => {
        const deployment = find(state, at)
        const { state: given, description = '', environment_url: url = '' } = await readJson(call)
        if (!STATES.includes(String(given)))
          throw new HttpFault(422, 'Validation Failed', {
            errors: [`\`state\` is one of ${STATES.join(', ')}`],
          })
        if (String(description).length > 140)
          throw new HttpFault(422, 'Validation Failed', {
            errors: ['`description` has at most 140 characters'],
          })
        return json(
          201,
          shownStatus(mark(state, deployment, String(given), String(description), String(url))),
        )
      },
    },
  ]
}

/** Notes a deployment, as GitHub does for every job with an environment. */
export function deploy(
  state: State,
  given: Pick<Deployment, 'ref' | 'environment' | 'task' | 'payload'>,
): Deployment {
  const deployment: Deployment = {
    id: state.nextId(),
    ...given,
    sha: state.run.sha,
    creator: BOT,
    createdAt: new Date().toISOString(),
    statuses: [],
  }
  state.deployments.push(deployment)
  return deployment
}

export function mark(
  state: State,
  deployment: Deployment,
  to: string,
  description = '',
  environmentUrl = '',
): DeploymentStatus {
  const createdAt = new Date().toISOString()
  const status = { id: state.nextId(), state: to, description, environmentUrl, createdAt }
  deployment.statuses.push(status)
  return status
}

function find(state: State, { id = '' }: Asked['at']): Deployment {
  const deployment = state.deployments.find((one) => String(one.id) === id)
  if (deployment === undefined) throw new HttpFault(404, 'Not Found')
  return deployment
}

function shown(state: State, deployment: Deployment) {
  const url = `${state.url()}/repos/${state.run.repository}/deployments/${deployment.id}`
  return {
    id: deployment.id,
    url,
    statuses_url: `${url}/statuses`,
    ref: deployment.ref,
    sha: deployment.sha,
    task: deployment.task,
    environment: deployment.environment,
    payload: deployment.payload,
    creator: { login: deployment.creator },
    created_at: deployment.createdAt,
  }
}

function shownStatus(status: DeploymentStatus) {
  return {
    id: status.id,
    state: status.state,
    description: status.description,
    environment_url: status.environmentUrl,
    created_at: status.createdAt,
  }
}
