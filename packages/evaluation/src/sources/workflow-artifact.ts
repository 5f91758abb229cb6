import { isJson, jsonIn, listIn, textOf } from '../harness/harness.js'

/** A run whose artifacts may be believed. */
export interface WorkflowRun {
  readonly id: string
  readonly attempt: string
  /** The commit that it was of. */
  readonly commit: string
}

/** What a run must be of. */
export interface RunDemand {
  /** Numeric id of the repository. */
  readonly repositoryId: string
  /** The default branch. */
  readonly branch: string
  /** File name of the workflow. */
  readonly workflow: string
}

/**
 * Events whose run on a branch is of that branch's own commits. A `pull_request_target` or `workflow_run` runs there
 * as well, but often handles what a pull request brought.
 */
const EVENTS = new Set(['push', 'schedule', 'workflow_dispatch'])

/**
 * The runs to be believed out of an answer of `GET /repos/{owner}/{repo}/actions/workflows/{file}/runs`, newest first.
 * GitHub filters by the branch's name alone, and a fork may call a branch as ours is called: the id of the repository
 * that the commit came from decides.
 */
export function believedRuns(answer: unknown, { repositoryId, branch, workflow }: RunDemand): WorkflowRun[] {
  return listIn(answer, 'workflow_runs').flatMap((run): WorkflowRun[] => {
    if (!isJson(run)) return []
    const own =
      idOf(jsonIn(run, 'head_repository')['id']) === repositoryId &&
      idOf(jsonIn(run, 'repository')['id']) === repositoryId &&
      run['head_branch'] === branch &&
      EVENTS.has(String(run['event'])) &&
      run['status'] === 'completed' &&
      run['conclusion'] === 'success' &&
      String(run['path']).split('@')[0] === `.github/workflows/${workflow}`
    const id = idOf(run['id'])
    const commit = String(run['head_sha'])
    if (!own || id === undefined || !/^[0-9a-f]{40,64}$/.test(commit)) return []
    return [{ id, commit, attempt: textOf(run['run_attempt']) ?? '1' }]
  })
}

/** An artifact of a run. */
export type RunArtifact =
  | {
      readonly state: 'there'
      readonly id: string
      readonly bytes: number
      /** Lower-case hex, of the artifact as it is downloaded; undefined where the server keeps none. */
      readonly sha256: string | undefined
    }
  | { readonly state: 'expired' }
  | { readonly state: 'absent' }

/** The newest artifact of a name in an answer of `GET …/actions/runs/{id}/artifacts`; an unexpired one comes first. */
export function newestArtifact(answer: unknown, name: string): RunArtifact {
  const named = listIn(answer, 'artifacts')
    .filter(isJson)
    .filter((one) => one['name'] === name)
  if (named.length === 0) return { state: 'absent' }
  const [newest] = named
    .filter((one) => one['expired'] === false && idOf(one['id']) !== undefined)
    .sort((a, b) => Number(idOf(b['id'])) - Number(idOf(a['id'])))
  if (newest === undefined) return { state: 'expired' }
  return {
    state: 'there',
    id: idOf(newest['id'])!,
    bytes: Number(newest['size_in_bytes']),
    sha256: /^sha256:([0-9a-f]{64})$/.exec(String(newest['digest']))?.[1],
  }
}

/** A positive number of GitHub's as its text. */
function idOf(value: unknown): string | undefined {
  return Number.isSafeInteger(value) && (value as number) > 0 ? String(value) : undefined
}
