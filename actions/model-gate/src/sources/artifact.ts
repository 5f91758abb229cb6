import { createHash } from 'node:crypto'
import { SluiceError } from '@sluice/errors'
import {
  artifactFile,
  believedRuns,
  LIMITS,
  type ModelSource,
  newestArtifact,
  type WorkflowRun,
} from '@sluice/evaluation'
import { type Context, createRest, type Rest } from '@sluice/toolkit'
import type { Inputs } from '../action.js'
import type { Found } from './open-source.js'

type ArtifactSource = Extract<ModelSource, { kind: 'artifact' }>

/** Runs that are looked through for one with the artifact, newest first. */
const RUNS = 20
const PAGE = 100
/** Pages of runs: those of forks stand among ours, and anybody can make many. */
const PAGES = 10
const PERMISSIONS = 'Grant the job `actions: read` and `contents: read`, and leave `github-token` as it is.'

/**
 * A file of the newest artifact of a name that a successful run on the default branch left: of this repository's own
 * commits, by the named workflow, at a commit that is on the branch.
 * @throws SluiceError CHAMPION_ARTIFACT_*
 */
export async function readArtifactFile(
  source: ArtifactSource,
  { githubToken }: Inputs,
  { run, fetch }: Context,
): Promise<Found> {
  if (run.kind !== 'github' || githubToken === undefined) {
    throw new SluiceError(
      'CHAMPION_ARTIFACT_DENIED',
      run.kind === 'github'
        ? 'There is no `github-token`.'
        : 'This is no run on GitHub: it has no artifacts.',
      {
        remedy: 'Leave `github-token` as it is; on your machine give a file (`gh run download` fetches it).',
      },
    )
  }
  const github = new Artifacts(createRest(fetch, run.apiUrl, githubToken), run.repository, run.repositoryId)
  const { workflow, name, path } = source
  const { of, id, bytes, sha256 } = await github.newest(workflow, name)
  const file = artifactFile(bytes, name, path)
  if (file.state !== 'found') {
    const found = file.state === 'absent' ? `it has no \`${path}\`` : file.because
    throw new SluiceError(
      'CHAMPION_ARTIFACT_UNUSABLE',
      `The artifact \`${name}\` of run ${of.id} cannot be used: ${found}.`,
      { remedy: 'Write `artifact:<workflow>:<artifact>/<path of the file in it>`.' },
    )
  }
  return {
    name: `artifact:${workflow}:${name}${path === undefined ? '' : `/${path}`}`,
    bytes: file.bytes,
    pinned: {
      kind: 'artifact',
      repository: run.repository,
      workflow: `.github/workflows/${workflow}`,
      runId: of.id,
      runAttempt: of.attempt,
      commit: of.commit,
      artifactId: id,
      artifact: name,
      sha256,
      ...(path === undefined ? {} : { path }),
    },
  }
}

/** GitHub's REST API, as far as finding a champion needs it. */
class Artifacts {
  readonly #rest: Rest
  readonly #repository: string
  readonly #repositoryId: string

  constructor(rest: Rest, repository: string, repositoryId: string) {
    this.#rest = rest
    this.#repository = `/repos/${repository}`
    this.#repositoryId = repositoryId
  }

  async newest(
    workflow: string,
    name: string,
  ): Promise<{ of: WorkflowRun; id: string; bytes: Uint8Array; sha256: string }> {
    const { default_branch: branch } = (await this.#get('')) as { default_branch?: unknown }
    if (typeof branch !== 'string' || branch === '') throw answer('without a default branch')
    let [runs, expired] = [0, false]
    for await (const of of this.#runs(workflow, branch)) {
      if (++runs > RUNS) break
      const named = new URLSearchParams({ name, per_page: '100' })
      const artifact = newestArtifact(await this.#get(`/actions/runs/${of.id}/artifacts?${named}`), name)
      if (artifact.state === 'expired') expired = true
      if (artifact.state !== 'there' || !(await this.#isOn(branch, of.commit))) continue
      return { of, id: artifact.id, ...(await this.#download(name, artifact)) }
    }
    if (expired) {
      throw new SluiceError('CHAMPION_ARTIFACT_EXPIRED', `Every artifact \`${name}\` has expired.`, {
        remedy: `Run ${workflow} on ${branch} again, and upload with more \`retention-days\`.`,
      })
    }
    const looked = `${Math.min(runs, RUNS)} successful runs of ${workflow} by push, schedule or dispatch on ${branch}`
    throw new SluiceError('CHAMPION_ARTIFACT_MISSING', `None of ${looked} has an artifact \`${name}\`.`, {
      remedy: `Let ${workflow} upload it on ${branch}, or correct the name. Runs of pull requests and forks do not count.`,
    })
  }

  /** The runs to be believed, newest first. */
  async *#runs(workflow: string, branch: string): AsyncIterable<WorkflowRun> {
    const demand = { repositoryId: this.#repositoryId, branch, workflow }
    const all = `/actions/workflows/${encodeURIComponent(workflow)}/runs`
    for (let page = 1; page <= PAGES; page++) {
      const query = { branch, status: 'success', per_page: String(PAGE), page: String(page) }
      const listed = await this.#get(`${all}?${new URLSearchParams(query)}`)
      yield* believedRuns(listed, demand)
      const { workflow_runs: on } = listed as { workflow_runs?: unknown }
      if (!Array.isArray(on) || on.length < PAGE) return
    }
  }

  /** A tag may be called as the branch is, and a commit may have been taken off it: then its run is not the branch's. */
  async #isOn(branch: string, commit: string): Promise<boolean> {
    const tip = (await this.#get(`/branches/${encodeURIComponent(branch)}`)) as { commit?: { sha?: unknown } }
    const sha = tip.commit?.sha
    if (typeof sha !== 'string' || !/^[0-9a-f]{40,64}$/.test(sha)) throw answer('without the branch’s commit')
    if (sha === commit) return true
    const { status } = (await this.#get(`/compare/${sha}...${commit}?per_page=1`)) as { status?: unknown }
    return status === 'behind' || status === 'identical'
  }

  async #download(
    name: string,
    { id, bytes: size, sha256: expected }: { id: string; bytes: number; sha256: string | undefined },
  ): Promise<{ bytes: Uint8Array; sha256: string }> {
    if (size > LIMITS.fileBytes) {
      throw new SluiceError(
        'CHAMPION_ARTIFACT_UNUSABLE',
        `The artifact \`${name}\` has ${size} bytes; at most ${LIMITS.fileBytes} are read.`,
        { remedy: 'Upload the predictions as an artifact of their own.' },
      )
    }
    const path = `${this.#repository}/actions/artifacts/${id}/zip`
    const { status, bytes } = await this.#rest.download(path, LIMITS.fileBytes)
    if (status !== 200) throw refused(path, status)
    const sha256 = createHash('sha256').update(bytes).digest('hex')
    if (expected === undefined || expected === sha256) return { bytes, sha256 }
    throw new SluiceError(
      'CHAMPION_ARTIFACT_CHANGED',
      `The artifact \`${name}\` came with the digest ${sha256}; GitHub says ${expected}.`,
      {
        remedy: 'Run again; when it stays, do not use the artifact, and find out who changed it.',
        kind: 'refused',
      },
    )
  }

  async #get(path: string): Promise<unknown> {
    const asked = `${this.#repository}${path}`
    const { status, body } = await this.#rest.request('GET', asked)
    if (status !== 200) throw refused(asked, status)
    if (typeof body !== 'object' || body === null) throw answer('with what is no JSON object')
    return body
  }
}

function refused(path: string, status: number): SluiceError {
  const asked = path.split('?', 1)[0]
  if (status === 401 || status === 403) {
    return new SluiceError('CHAMPION_ARTIFACT_DENIED', `GitHub answered ${status} to GET ${asked}.`, {
      remedy: PERMISSIONS,
    })
  }
  if (status === 410) {
    return new SluiceError(
      'CHAMPION_ARTIFACT_EXPIRED',
      `GitHub answered 410 to GET ${asked}: it has expired.`,
      {
        remedy: 'Run the workflow on the default branch again.',
      },
    )
  }
  if (status === 404) {
    return new SluiceError('CHAMPION_ARTIFACT_MISSING', `GitHub answered ${status} to GET ${asked}.`, {
      remedy: `Correct the name of the workflow's file. In a private repository this is also the answer where a permission is missing: ${PERMISSIONS}`,
    })
  }
  return answer(`${status} to GET ${asked}`)
}

function answer(what: string): SluiceError {
  return new SluiceError('CHAMPION_ARTIFACT_ANSWER', `GitHub answered ${what}.`, {
    remedy: 'Run again; when it stays, look at githubstatus.com, or at the server.',
    kind: 'surroundings',
  })
}
