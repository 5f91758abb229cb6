import { HttpFault, json, readJson } from '../server/loopback.js'
import { page } from './page.js'
import type { Route } from './route.js'
import type { State } from './state.js'

/** Environments, what waits for approval in the run, and who approved what. */
export function environmentRoutes(state: State): Route[] {
  const pending = '/repos/{owner}/{repo}/actions/runs/{run}/pending_deployments'
  const ofRun = (run: string | undefined) => {
    if (run !== state.run.runId) throw new HttpFault(404, 'Not Found')
  }
  return [
    {
      method: 'GET',
      path: '/repos/{owner}/{repo}/environments',
      needs: ['actions:read'],
      handle: ({ call }) => {
        const names = environments(state)
        return page(call, state.url(), names, (some) => ({
          total_count: names.length,
          environments: some.map((name) => shown(state, name)),
        }))
      },
    },
    {
      method: 'GET',
      path: '/repos/{owner}/{repo}/environments/{name}',
      needs: ['actions:read'],
      handle: ({ at }) => {
        const name = environments(state).find((one) => one === at['name'])
        if (name === undefined) throw new HttpFault(404, 'Not Found')
        return json(200, shown(state, name))
      },
    },
    {
      method: 'GET',
      path: pending,
      needs: ['actions:read'],
      handle: ({ at }) => {
        ofRun(at['run'])
        return json(
          200,
          state.approvals.waiting.map((name) => ({
            environment: { id: idOf(name), name },
            current_user_can_approve: false,
            reviewers: [{ type: 'User', reviewer: { login: state.run.actor } }],
          })),
        )
      },
    },
    // Only a person reviews: a job that could would approve itself.
    {
      method: 'POST',
      path: pending,
      needs: 'person',
      handle: async ({ call, at, caller }) => {
        ofRun(at['run'])
        const { environment_ids: ids, state: given, comment = '' } = await readJson(call)
        if (!Array.isArray(ids) || (given !== 'approved' && given !== 'rejected'))
          throw new HttpFault(422, 'Validation Failed', {
            errors: ['`environment_ids` and `state` are needed'],
          })
        const named = environments(state).filter((name) => ids.includes(idOf(name)))
        const by = caller.kind === 'person' ? caller.login : ''
        if (
          named.length === 0 ||
          !named.every((name) => state.approvals.review(name, given, by, String(comment)))
        )
          throw new HttpFault(422, 'Validation Failed', { errors: ['No such environment waits'] })
        return json(
          200,
          named.map((name) => ({ environment: name, state: given })),
        )
      },
    },
    {
      method: 'GET',
      path: '/repos/{owner}/{repo}/actions/runs/{run}/approvals',
      needs: ['actions:read'],
      handle: ({ at }) => {
        ofRun(at['run'])
        return json(
          200,
          state.approvals.given.map((one) => ({
            state: one.state,
            comment: one.comment,
            user: { login: one.by },
            environments: [{ id: idOf(one.environment), name: one.environment, created_at: one.at }],
          })),
        )
      },
    },
  ]
}

/** Known by having waited, been answered or been deployed to, in order of first sight. */
function environments(state: State): string[] {
  return [
    ...new Set([
      ...state.approvals.given.map(({ environment }) => environment),
      ...state.approvals.waiting,
      ...state.deployments.map(({ environment }) => environment),
    ]),
  ]
}

/** By name, so that it stays the same however the list grows. */
function idOf(name: string): number {
  let value = 0
  for (const character of name) value = (value * 31 + (character.codePointAt(0) ?? 0)) % 1_000_000_007
  return value + 1
}

function shown(state: State, name: string) {
  return {
    id: idOf(name),
    name,
    protection_rules: [
      { type: 'required_reviewers', reviewers: [{ type: 'User', reviewer: { login: state.run.actor } }] },
    ],
  }
}
