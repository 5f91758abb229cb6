import { createHash } from 'node:crypto'
import { HttpFault, json, type Loopback, startLoopback } from '../server/loopback.js'
import { page } from './page.js'
import type { Asked, Route } from './route.js'
import type { State } from './state.js'

/** What an earlier run of the default branch left, as it was uploaded. */
export interface EarlierArtifact {
  /** File name of the workflow. */
  readonly workflow: string
  readonly name: string
  readonly zip: Uint8Array
}

/** Each workflow with an artifact ran once before, by a push, at a commit that the default branch has: the run's own. */
const FIRST = 9000

/** Runs of workflows, and the artifacts that they left. @param blobs where downloads lead to */
export function workflowRunRoutes(state: State, blobs: () => string): Route[] {
  const { earlier } = state
  const workflows = [...new Set(earlier.map(({ workflow }) => workflow))]
  const idOf = (workflow: string) => FIRST + workflows.indexOf(workflow)
  const branch = () => state.repository.defaultBranch ?? 'main'
  const repository = () => ({ id: Number(state.repository.id), full_name: state.run.repository })
  const artifact = (one: EarlierArtifact) => ({
    id: 10 * FIRST + earlier.indexOf(one),
    name: one.name,
    size_in_bytes: one.zip.length,
    expired: false,
    digest: `sha256:${createHash('sha256').update(one.zip).digest('hex')}`,
    workflow_run: { id: idOf(one.workflow), head_branch: branch(), head_sha: state.run.sha },
  })
  return [
    {
      method: 'GET',
      path: '/repos/{owner}/{repo}/branches/{branch}',
      needs: ['contents:read'],
      handle: ({ at }) => {
        if (at['branch'] !== branch()) throw new HttpFault(404, 'Branch not found')
        return json(200, { name: branch(), commit: { sha: state.run.sha } })
      },
    },
    {
      method: 'GET',
      path: '/repos/{owner}/{repo}/actions/workflows/{workflow}/runs',
      needs: ['actions:read'],
      handle: ({ call, at }) => {
        const { workflow = '' } = at
        if (!workflows.includes(workflow)) throw new HttpFault(404, 'Not Found')
        const asked = call.url.searchParams.get('branch') ?? branch()
        const runs = asked === branch() ? [workflow] : []
        return page(call, state.url(), runs, (some) => ({
          total_count: runs.length,
          workflow_runs: some.map((one) => ({
            id: idOf(one),
            run_attempt: 1,
            path: `.github/workflows/${one}`,
            event: 'push',
            status: 'completed',
            conclusion: 'success',
            head_branch: branch(),
            head_sha: state.run.sha,
            repository: repository(),
            head_repository: repository(),
          })),
        }))
      },
    },
    {
      method: 'GET',
      path: '/repos/{owner}/{repo}/actions/runs/{id}/artifacts',
      needs: ['actions:read'],
      handle: ({ call, at }) => {
        const name = call.url.searchParams.get('name')
        const found = earlier
          .filter(({ workflow }) => String(idOf(workflow)) === at['id'])
          .filter((one) => (name ?? one.name) === one.name)
        return page(call, state.url(), found, (some) => ({
          total_count: found.length,
          artifacts: some.map(artifact),
        }))
      },
    },
    {
      method: 'GET',
      path: '/repos/{owner}/{repo}/actions/artifacts/{id}/zip',
      needs: ['actions:read'],
      handle: ({ at }) => {
        find(state, at)
        return { status: 302, headers: { location: `${blobs()}/${at['id']}` } }
      },
    },
  ]
}

/** Where artifacts lie: another server, which as the real one refuses whoever brings a token along. */
export function startBlobs(earlier: readonly EarlierArtifact[]): Promise<Loopback> {
  return startLoopback(async ({ headers, url }) => {
    if (headers.authorization !== undefined) throw new HttpFault(400, 'InvalidAuthenticationInfo')
    const found = earlier[Number(url.pathname.slice(1)) - 10 * FIRST]
    if (found === undefined) throw new HttpFault(404, 'BlobNotFound')
    return { status: 200, headers: { 'content-type': 'application/zip' }, body: found.zip }
  })
}

function find({ earlier }: State, { id = '' }: Asked['at']): EarlierArtifact {
  const found = earlier[Number(id) - 10 * FIRST]
  if (found === undefined) throw new HttpFault(404, 'Not Found')
  return found
}
