import { SluiceError } from '@sluice/errors'
import { isJson, jsonIn, listIn, textOf } from '../harness/harness.js'
import { shortened } from '../report/shortened.js'

/** Below the address of a tracking server (mlflow.org/docs, REST API). */
const API = '/api/2.0/mlflow'

/**
 * The address of a tracking server, without a slash at its end.
 * @param credentials whether any are sent: they go over https, or to this machine
 * @throws SluiceError MLFLOW_URL_INVALID
 */
export function trackingServer(text: string, credentials: boolean): string {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined || !/^https?:$/.test(url.protocol))
    throw invalid('is no http or https address', 'Write it as `https://<host>/<path>`.')
  if (url.username !== '' || url.password !== '') {
    throw invalid(
      'holds a user name or password',
      'Give them as MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD.',
    )
  }
  if (url.search !== '' || url.hash !== '')
    throw invalid('has a query or a fragment', 'Leave out what begins with `?` or `#`.')
  if (credentials && url.protocol === 'http:' && !isLoopback(url.hostname)) {
    throw invalid(
      'is plain http, and credentials would be sent over it',
      'Use https, or leave the credentials out.',
    )
  }
  return `${url.origin}${url.pathname.replace(/\/+$/, '')}`
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '[::1]' || /^127(\.\d{1,3}){3}$/.test(host)
}

/** Path and query of a call of the REST API. */
export function mlflowCall(call: string, query: Readonly<Record<string, string>>): string {
  return `${API}/${call}?${new URLSearchParams(query)}`
}

/** A version of a registered model. */
export interface ModelVersion {
  readonly version: string
  /** The run that made it; undefined where it was registered without one. */
  readonly runId: string | undefined
  /** `READY`, once it is whole. */
  readonly status: string
}

/** Out of an answer of `registered-models/alias` or `model-versions/get`; undefined when it is none of this model. */
export function modelVersion(answer: unknown, model: string): ModelVersion | undefined {
  const found = jsonIn(answer, 'model_version')
  const version = textOf(found['version'])
  if (found['name'] !== model || version === undefined || !/^\d{1,10}$/.test(version)) return undefined
  return { version, runId: runId(found['run_id']), status: textOf(found['status']) ?? 'unknown' }
}

/** Where a run keeps its artifacts; undefined when the answer of `runs/get` is about another run. */
export function runArtifacts(answer: unknown, id: string): string | undefined {
  const info = jsonIn(jsonIn(answer, 'run'), 'info')
  return runId(info['run_id']) === id ? (textOf(info['artifact_uri']) ?? '') : undefined
}

function runId(value: unknown): string | undefined {
  return typeof value === 'string' && /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/.test(value) ? value : undefined
}

/**
 * The call that hands out an artifact, by the server's own proxy (`mlflow server --artifacts-destination`).
 * @param root `artifact_uri` of the run, `mlflow-artifacts:/1/<run id>/artifacts`
 * @returns undefined where artifacts lie elsewhere, in a bucket or on another host
 */
export function artifactCall(root: string, path: string, server: string): string | undefined {
  const match = /^mlflow-artifacts:(?:\/\/([^/]*))?\/(.*)$/s.exec(root)
  const [, host = '', folder = ''] = match ?? []
  if (match === null || (host !== '' && host !== new URL(server).host)) return undefined
  const parts = [...folder.split('/').filter((part) => part !== ''), ...path.split('/')]
  if (parts.some((part) => part === '.' || part === '..')) return undefined
  return `/api/2.0/mlflow-artifacts/artifacts/${parts.map(encodeURIComponent).join('/')}`
}

/** What a listing of a folder says of one file in it. */
export type ListedFile =
  | { readonly state: 'file'; readonly bytes: number }
  | { readonly state: 'folder' }
  | { readonly state: 'absent'; readonly nextPage: string | undefined }

/** Out of an answer of `artifacts/list`. @param path from the run's root */
export function listedFile(answer: unknown, path: string): ListedFile {
  const found = listIn(answer, 'files').find((file) => isJson(file) && file['path'] === path)
  if (found === undefined) {
    const next = isJson(answer) ? textOf(answer['next_page_token']) : undefined
    return { state: 'absent', nextPage: next }
  }
  if (isJson(found) && found['is_dir'] === true) return { state: 'folder' }
  // The server writes 64-bit numbers as texts.
  return { state: 'file', bytes: Number(isJson(found) ? (found['file_size'] ?? Number.NaN) : Number.NaN) }
}

/** `RESOURCE_DOES_NOT_EXIST: …`, what an answer with an error says, for a message. */
export function mlflowFault(answer: unknown): string {
  const [code, message] = isJson(answer) ? [textOf(answer['error_code']), textOf(answer['message'])] : []
  const said = [code, message].filter((part) => part !== undefined).join(': ')
  return shortened(said.replaceAll(/[\u0000-\u001f\u007f]+/g, ' '), 200)
}

function invalid(found: string, remedy: string): SluiceError {
  return new SluiceError('MLFLOW_URL_INVALID', `The address of MLflow ${found}.`, { remedy })
}
