import { HttpFault, json } from '../server/loopback.js'
import type { Route } from './route.js'
import type { State } from './state.js'

/** Who a job's token writes as. */
export const BOT = 'github-actions[bot]'

/** Who asks, and which repository is there. */
export function identityRoutes(state: State): Route[] {
  const repository = () => {
    const [owner = '', name = ''] = state.run.repository.split('/')
    return {
      id: Number(state.repository.id),
      name,
      full_name: state.run.repository,
      owner: { login: owner, id: Number(state.repository.ownerId) },
      private: state.repository.visibility !== 'public',
      visibility: state.repository.visibility,
      default_branch: state.repository.defaultBranch ?? 'main',
    }
  }
  return [
    // A job's token belongs to an app, which is nobody; GitHub answers 403 as for a missing permission.
    {
      method: 'GET',
      path: '/user',
      needs: 'person',
      handle: ({ caller }) => {
        if (caller.kind !== 'person') throw new HttpFault(403, 'Resource not accessible by integration')
        return json(200, { login: caller.login, type: 'User' })
      },
    },
    {
      method: 'GET',
      path: '/installation/repositories',
      needs: 'none',
      handle: () => json(200, { total_count: 1, repositories: [repository()] }),
    },
    // Every token of an installation may read metadata.
    {
      method: 'GET',
      path: '/repos/{owner}/{repo}',
      needs: 'none',
      handle: () => json(200, repository()),
    },
    {
      method: 'GET',
      path: '/rate_limit',
      needs: 'none',
      handle: () => {
        const core = { limit: 1000, remaining: 999, reset: Math.floor(Date.now() / 1000) + 3600, used: 1 }
        return json(200, { resources: { core }, rate: core })
      },
    },
  ]
}
