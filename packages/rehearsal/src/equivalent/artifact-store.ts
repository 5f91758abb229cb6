import { createReadStream, createWriteStream } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { SluiceError } from '@sluice/errors'
import { measure, writeZip } from './zip.js'

/** An artifact of the run. */
export interface StoredArtifact {
  readonly id: string
  readonly name: string
  /** 64 hex digits: the SHA-256 of what was uploaded. */
  readonly digest: string
}

/** A file of an artifact. */
export interface ArtifactEntry {
  /** Path in the artifact, with `/`. */
  readonly name: string
  /** Where its content lies. */
  readonly source: string
}

/** The artifacts that the jobs of one run hand to each other. */
export interface ArtifactStore {
  /** @throws SluiceError ARTIFACT_EXISTS when the name is taken and `overwrite` is false */
  upload(name: string, entries: readonly ArtifactEntry[], overwrite: boolean): Promise<StoredArtifact>
  list(): Promise<readonly StoredArtifact[]>
  /**
   * Fetches what was uploaded to a file and checks its digest.
   * @returns whether it is a zip; otherwise it is the one file that the artifact's name names
   */
  fetch(artifact: StoredArtifact, file: string): Promise<{ readonly zip: boolean }>
}

export interface ServiceOptions {
  /** ACTIONS_RESULTS_URL */
  readonly url: string
  /** ACTIONS_RUNTIME_TOKEN */
  readonly token: string
  /** For the archive while it is made. */
  readonly temporary: string
  readonly stop: AbortSignal
}

const SERVICE = '/twirp/github.actions.results.api.v1.ArtifactService/'
/** The version that `@actions/artifact` 6 sends. */
const VERSION = 7

/** Speaks to the artifact service as GitHub's own client does, so that both see the same artifacts. */
export function artifactService(options: ServiceOptions): ArtifactStore {
  const ids = backendIds(options.token)
  const call = async (method: string, body: object): Promise<Readonly<Record<string, unknown>>> => {
    const response = await fetch(new URL(SERVICE + method, options.url), {
      method: 'POST',
      headers: { authorization: `Bearer ${options.token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ ...ids, ...body }),
      signal: options.stop,
    })
    const answer = (await response.json().catch(() => ({}))) as Readonly<Record<string, unknown>>
    if (response.ok) return answer
    if (response.status === 409) throw exists(String((body as { name?: unknown }).name))
    throw broken(`${method} was answered with ${response.status} ${String(answer['msg'] ?? '')}`)
  }
  const list = async () => {
    const { artifacts } = await call('ListArtifacts', {})
    return (Array.isArray(artifacts) ? (artifacts as Readonly<Record<string, unknown>>[]) : []).map(
      ({ database_id, name, digest }) => ({
        id: String(database_id),
        name: String(name),
        digest: String(digest).replace(/^sha256:/, ''),
      }),
    )
  }
  return {
    list,
    upload: async (name, entries, overwrite) => {
      if (overwrite && (await list()).some((artifact) => artifact.name === name)) {
        await call('DeleteArtifact', { name })
      }
      const archive = join(options.temporary, `artifact-${crypto.randomUUID()}.zip`)
      try {
        await writeZip(entries, archive)
        const { size, sha256 } = await measure(archive)
        const created = await call('CreateArtifact', { name, version: VERSION, mime_type: 'application/zip' })
        await put(String(created['signed_upload_url']), archive, size, options.stop)
        const { artifact_id } = await call('FinalizeArtifact', {
          name,
          size: String(size),
          hash: `sha256:${sha256}`,
        })
        return { id: String(artifact_id), name, digest: sha256 }
      } finally {
        await rm(archive, { force: true })
      }
    },
    fetch: async ({ name, digest }, file) => {
      const { signed_url } = await call('GetSignedArtifactURL', { name })
      const response = await fetch(String(signed_url), { signal: options.stop })
      if (!response.ok || !response.body)
        throw broken(`the artifact '${name}' was answered with ${response.status}`)
      await pipeline(Readable.fromWeb(response.body), createWriteStream(file))
      const { sha256 } = await measure(file)
      if (sha256 !== digest) {
        throw broken(`the artifact '${name}' has the digest ${sha256}, and was uploaded as ${digest}`)
      }
      return { zip: /zip/.test(response.headers.get('content-type') ?? '') }
    },
  }
}

/** Azure's Put Blob, in one request. */
async function put(url: string, file: string, size: number, signal: AbortSignal): Promise<void> {
  const response = await fetch(url, {
    method: 'PUT',
    headers: { 'x-ms-blob-type': 'BlockBlob', 'content-length': String(size) },
    body: Readable.toWeb(createReadStream(file)) as ReadableStream,
    duplex: 'half',
    signal,
  })
  if (!response.ok) throw broken(`the upload was answered with ${response.status}`)
}

/** Run and job as the token's scope names them: `Actions.Results:<run>:<job>`. */
function backendIds(token: string): object {
  const payload = Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()
  const found = /Actions\.Results:([^:"\s]+):([^:"\s]+)/.exec(payload)
  if (!found) throw broken('the token of the job names no run')
  return { workflow_run_backend_id: found[1], workflow_job_run_backend_id: found[2] }
}

function exists(name: string): SluiceError {
  return new SluiceError(
    'ARTIFACT_EXISTS',
    `The run has an artifact '${name}' already; artifacts do not change.`,
    {
      remedy: 'Give each job of a matrix a name of its own, or set `overwrite: true`.',
    },
  )
}

function broken(what: string): SluiceError {
  return new SluiceError('ARTIFACT_SERVICE_FAILED', `The artifact service failed: ${what}.`, {
    remedy: 'Run the job by `sluice rehearse`, which starts the service; see its log.',
    kind: 'surroundings',
  })
}
