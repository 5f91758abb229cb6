import { createLocalJWKSet, type JWTVerifyGetKey, jwtVerify } from 'jose'
import type { Issuer } from '../oidc/issuer.js'
import {
  bearerOf,
  type Call,
  HttpFault,
  json,
  type Loopback,
  readJson,
  startLoopback,
} from '../server/loopback.js'
import { BlobStore } from './blob-store.js'

const TWIRP = '/twirp/github.actions.results.api.v1.ArtifactService/'
/** GitHub keeps at most this many artifacts of a job. */
const ARTIFACTS = 500
const NAME = /^(?!\.{1,2}$)[^"<>|*?:\r\n\\/\u0000]{1,256}$/

/** An artifact as it lies in the service; immutable once it is complete. */
export interface Artifact {
  readonly id: number
  readonly name: string
  readonly runId: string
  readonly jobId: string
  readonly createdAt: string
  readonly size: number
  /** `sha256:…` of what was uploaded. */
  readonly digest: string
}

interface Kept {
  readonly id: number
  readonly name: string
  readonly runId: string
  readonly jobId: string
  readonly createdAt: string
  readonly blob: string
  complete: boolean
}

interface Caller {
  readonly runId: string
  readonly jobId: string
}

/** The artifact service of GitHub's runner, version 4 and later. */
export interface ArtifactService extends Loopback {
  /** Variables for one job: where the service is, and a token for that run and job alone. */
  admit(runId: string, jobId: string): Promise<Readonly<Record<string, string>>>
  /** What was uploaded and is complete. */
  list(): readonly Artifact[]
}

/**
 * Starts it, over `folder`. The client demands a `GITHUB_SERVER_URL` of github.com, `*.ghe.com` or `*.localhost`, and
 * checks the digest of what it downloads; the service checks size and digest of what was uploaded.
 * @param issuer signs the tokens of jobs; one of the rehearsal's own
 */
export async function startArtifactService(folder: string, issuer: Issuer): Promise<ArtifactService> {
  const blobs = new BlobStore(folder)
  const kept: Kept[] = []
  const keys = createLocalJWKSet({ keys: [...issuer.jwks.keys] })
  let ids = 0

  const server = await startLoopback(async (call) => {
    if (call.url.pathname.startsWith('/blobs/')) return await blobs.answer(call)
    const method = call.url.pathname.startsWith(TWIRP) ? call.url.pathname.slice(TWIRP.length) : ''
    const handler = Object.hasOwn(handlers, method) ? handlers[method] : undefined
    if (handler === undefined) throw fault(404, 'bad_route', `${call.url.pathname} is not served here`)
    if (call.method !== 'POST') throw fault(404, 'bad_route', 'Only POST is answered here')
    const caller = await authenticate(call, keys, issuer.iss)
    const request = await readJson(call, 1024 * 1024)
    if (request['workflow_run_backend_id'] !== caller.runId)
      throw fault(403, 'permission_denied', 'The token is for another run')
    return json(200, await handler(request, caller))
  })

  const handlers: Record<string, (request: Readonly<Record<string, unknown>>, caller: Caller) => unknown> = {
    async CreateArtifact(request, { runId, jobId }) {
      const name = nameOf(request)
      if (request['workflow_job_run_backend_id'] !== jobId)
        throw fault(403, 'permission_denied', 'The token is for another job')
      if (find(runId, name))
        throw fault(409, 'already_exists', 'an artifact with this name already exists on the workflow run')
      if (kept.filter((one) => one.jobId === jobId).length >= ARTIFACTS)
        throw fault(429, 'resource_exhausted', `a job has at most ${ARTIFACTS} artifacts`)
      const mime = request['mime_type']
      const type = typeof mime === 'string' ? mime : 'application/zip'
      const blob = await blobs.create(type, type === 'application/zip' ? `${name}.zip` : name)
      ids += 1
      kept.push({ id: ids, name, runId, jobId, createdAt: new Date().toISOString(), blob, complete: false })
      return { ok: true, signed_upload_url: blobs.sign(server.url, blob, 'w') }
    },

    FinalizeArtifact(request, { runId }) {
      const artifact = find(runId, nameOf(request))
      const content = artifact && blobs.content(artifact.blob)
      if (artifact === undefined || content === undefined)
        throw fault(404, 'not_found', 'nothing was uploaded under this name')
      const hash = request['hash']
      if (Number(request['size']) !== content.size)
        throw fault(
          400,
          'invalid_argument',
          `the artifact has ${content.size} bytes, not ${String(request['size'])}`,
        )
      if (hash !== undefined && hash !== content.sha256)
        throw fault(400, 'invalid_argument', 'the artifact has another digest than the one sent')
      artifact.complete = true
      return { ok: true, artifact_id: String(artifact.id) }
    },

    ListArtifacts(request, { runId }) {
      const name = request['name_filter']
      const id = request['id_filter']
      const found = published()
        .filter((one) => one.runId === runId)
        .filter((one) => typeof name !== 'string' || one.name === name)
        .filter((one) => id === undefined || id === null || String(one.id) === String(id))
      return {
        artifacts: found.map((one) => ({
          workflow_run_backend_id: one.runId,
          workflow_job_run_backend_id: one.jobId,
          database_id: String(one.id),
          name: one.name,
          size: String(one.size),
          created_at: one.createdAt,
          digest: one.digest,
        })),
      }
    },

    GetSignedArtifactURL(request, { runId }) {
      const artifact = find(runId, nameOf(request))
      if (!artifact?.complete) throw fault(404, 'not_found', 'there is no such artifact')
      return { signed_url: blobs.sign(server.url, artifact.blob, 'r') }
    },

    async DeleteArtifact(request, { runId }) {
      const artifact = find(runId, nameOf(request))
      if (artifact === undefined) throw fault(404, 'not_found', 'there is no such artifact')
      kept.splice(kept.indexOf(artifact), 1)
      await blobs.remove(artifact.blob)
      return { ok: true, artifact_id: String(artifact.id) }
    },
  }

  function find(runId: string, name: string): Kept | undefined {
    return kept.find((one) => one.runId === runId && one.name === name)
  }

  function published(): Artifact[] {
    return kept.flatMap(({ blob, complete, ...artifact }) => {
      const content = blobs.content(blob)
      return complete && content ? [{ ...artifact, size: content.size, digest: content.sha256 }] : []
    })
  }

  return {
    url: server.url,
    list: published,
    async admit(runId, jobId) {
      const token = await issuer.sign({
        aud: TWIRP,
        scp: `Actions.Results:${runId}:${jobId}`,
        exp: Math.floor(Date.now() / 1000) + 24 * 60 * 60,
      })
      return { ACTIONS_RESULTS_URL: `${server.url}/`, ACTIONS_RUNTIME_TOKEN: token }
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  }
}

async function authenticate(call: Call, keys: JWTVerifyGetKey, issuer: string): Promise<Caller> {
  const verified = await jwtVerify(bearerOf(call) ?? '', keys, { issuer, audience: TWIRP }).catch(
    () => undefined,
  )
  const [, runId, jobId] = /^Actions\.Results:([^:]+):([^:]+)$/.exec(String(verified?.payload['scp'])) ?? []
  if (runId === undefined || jobId === undefined)
    throw fault(401, 'unauthenticated', 'the token is not one of this service')
  return { runId, jobId }
}

function nameOf(request: Readonly<Record<string, unknown>>): string {
  const { name } = request
  if (typeof name !== 'string' || !NAME.test(name))
    throw fault(400, 'invalid_argument', 'the name of the artifact is not a plain file name')
  return name
}

/** An error as twirp writes it (twitchtv.github.io/twirp, errors). */
function fault(status: number, code: string, msg: string): HttpFault {
  return new HttpFault(status, msg, { code, msg })
}
