import { SluiceError } from '@sluice/errors'
import {
  artifactCall,
  HARNESS_BYTES,
  LIMITS,
  listedFile,
  type MlflowRunName,
  type ModelSource,
  type ModelVersion,
  mlflowCall,
  mlflowFault,
  modelVersion,
  readSummary,
  runArtifacts,
  trackingServer,
} from '@sluice/evaluation'
import { type Context, readBytes } from '@sluice/toolkit'
import type { Inputs } from '../action.js'
import type { Found } from './open-source.js'

type MlflowSource = Extract<ModelSource, { kind: 'mlflow' }>

/** Pages of a folder's listing that are looked through for one file. */
const PAGES = 20

/**
 * What a run logged: its metrics, as the server answers them, or a table among its artifacts. An alias is followed
 * once, and the version and the run that it named are kept.
 * @throws SluiceError MLFLOW_*
 */
export async function readMlflow(
  { run: named, path }: MlflowSource,
  inputs: Inputs,
  context: Context,
): Promise<Found> {
  const mlflow = openTracking(inputs, context)
  const { runId, ...model } = await runNamed(mlflow, named)
  const answer = await mlflow.get(mlflowCall('runs/get', { run_id: runId }), HARNESS_BYTES)
  const root = runArtifacts(parsed(answer), runId)
  if (root === undefined) throw strange(`about another run than ${runId}`)
  const name = `mlflow:runs/${runId}${path === undefined ? '' : `#${path}`}`
  const pinned = { kind: 'mlflow', server: mlflow.server, runId, ...model } as const
  if (path === undefined) return { name, bytes: answer, format: 'summary', pinned }

  const { refusals = [], conditions } = readSummary(name, answer)
  if (refusals.length > 0) {
    throw new SluiceError(
      'MLFLOW_RUN_UNUSABLE',
      `The run ${runId} is not to be trusted: ${refusals.join('; ')}.`,
      {
        remedy: 'Evaluate the model again, and let the run end; or name another run.',
      },
    )
  }
  const bytes = await artifact(mlflow, { runId, root, path })
  return {
    name,
    bytes,
    pinned: { ...pinned, path },
    ...(conditions === undefined ? {} : { conditions }),
  }
}

interface Tracking {
  readonly server: string
  /** @throws SluiceError MLFLOW_DENIED, MLFLOW_NOT_FOUND, MLFLOW_ANSWER */
  get(call: string, limit: number): Promise<Uint8Array>
}

/** @throws SluiceError MLFLOW_URL_MISSING, MLFLOW_URL_INVALID */
function openTracking({ mlflowUrl }: Inputs, context: Context): Tracking {
  const address = mlflowUrl ?? context.variable('MLFLOW_TRACKING_URI')
  if (address === undefined) {
    throw new SluiceError('MLFLOW_URL_MISSING', 'No server of MLflow is named.', {
      remedy: 'Set `mlflow-url`, or MLFLOW_TRACKING_URI by `env:` of the step.',
    })
  }
  const authorization = credentials(context)
  const server = trackingServer(address, authorization !== undefined)
  return {
    server,
    async get(call, limit) {
      // A redirect could lead to another host; MLflow itself makes none.
      const response = await context.fetch(`${server}${call}`, {
        redirect: 'error',
        headers: {
          accept: 'application/json, */*',
          ...(authorization === undefined ? {} : { authorization }),
        },
      })
      const bytes = await readBytes(response, limit)
      if (response.status === 200) return bytes
      throw refused(response.status, mlflowFault(parsed(bytes)), call.split('?', 1)[0]!)
    },
  }
}

/** As MLflow's own client takes them: a user with a password comes before a token. */
function credentials(context: Context): string | undefined {
  const [user, password, token] = ['USERNAME', 'PASSWORD', 'TOKEN'].map((name) =>
    context.variable(`MLFLOW_TRACKING_${name}`),
  )
  for (const secret of [password, token]) if (secret !== undefined) context.mask(secret)
  if (user !== undefined && password !== undefined) {
    const pair = Buffer.from(`${user}:${password}`, 'utf8').toString('base64')
    context.mask(pair)
    return `Basic ${pair}`
  }
  return token === undefined ? undefined : `Bearer ${token}`
}

interface RunOf {
  readonly runId: string
  readonly model?: string
  readonly version?: string
  readonly alias?: string
}

async function runNamed(mlflow: Tracking, named: MlflowRunName): Promise<RunOf> {
  if (named.by === 'id') return { runId: named.id }
  const { model } = named
  const alias = named.by === 'alias' ? { alias: named.alias } : {}
  const call =
    named.by === 'alias'
      ? mlflowCall('registered-models/alias', { name: model, alias: named.alias })
      : mlflowCall('model-versions/get', { name: model, version: named.version })
  const found = modelVersion(parsed(await mlflow.get(call, HARNESS_BYTES)), model)
  if (found === undefined) throw strange(`without a version of ${model}`)
  if (named.by === 'version' && found.version !== named.version) throw strange('about another version')
  return { runId: usableRun(model, found), model, version: found.version, ...alias }
}

function usableRun(model: string, { version, runId, status }: ModelVersion): string {
  const what = `Version ${version} of ${model}`
  if (status !== 'READY') {
    throw new SluiceError('MLFLOW_VERSION_UNUSABLE', `${what} has the status ${status}; expected READY.`, {
      remedy: 'Register the model again, or set the alias to a version that is whole.',
    })
  }
  if (runId !== undefined) return runId
  throw new SluiceError('MLFLOW_VERSION_UNUSABLE', `${what} names no run that made it.`, {
    remedy: 'Register it with `run_id`, or name the run: `mlflow:runs/<run id>`.',
  })
}

async function artifact(
  mlflow: Tracking,
  { runId, root, path }: { runId: string; root: string; path: string },
): Promise<Uint8Array> {
  const call = artifactCall(root, path, mlflow.server)
  if (call === undefined) {
    throw new SluiceError('MLFLOW_ARTIFACT_ELSEWHERE', `The run ${runId} keeps its artifacts elsewhere.`, {
      remedy:
        'Run the server with `--artifacts-destination`, which hands them out itself; or fetch the table in a step and give the file.',
    })
  }
  const size = await sizeOf(mlflow, runId, path)
  if (size > LIMITS.fileBytes) {
    throw new SluiceError(
      'MLFLOW_ARTIFACT_UNUSABLE',
      `\`${path}\` of run ${runId} has ${size} bytes; at most ${LIMITS.fileBytes} are read.`,
      { remedy: 'Evaluate on a sample, or write only the columns that are needed.' },
    )
  }
  const bytes = await mlflow.get(call, LIMITS.fileBytes)
  if (!(bytes.length !== size && Number.isFinite(size))) return bytes
  throw new SluiceError(
    'MLFLOW_ARTIFACT_UNUSABLE',
    `\`${path}\` of run ${runId} came with ${bytes.length} bytes; the server lists ${size}.`,
    { remedy: 'Run again; when it stays, log the table again.', kind: 'surroundings' },
  )
}

async function sizeOf(mlflow: Tracking, runId: string, path: string): Promise<number> {
  const folder = path.includes('/') ? { path: path.slice(0, path.lastIndexOf('/')) } : {}
  let page: Record<string, string> = {}
  for (let pages = 0; pages < PAGES; pages++) {
    const call = mlflowCall('artifacts/list', { run_id: runId, ...folder, ...page })
    const listed = listedFile(parsed(await mlflow.get(call, HARNESS_BYTES)), path)
    if (listed.state === 'file') return listed.bytes
    if (listed.state === 'folder' || listed.nextPage === undefined) break
    page = { page_token: listed.nextPage }
  }
  throw new SluiceError('MLFLOW_NOT_FOUND', `The run ${runId} has logged no file \`${path}\`.`, {
    remedy: 'Correct what stands behind `#`: a path among the artifacts of the run.',
  })
}

function parsed(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString('utf8'))
  } catch {
    return undefined
  }
}

function refused(status: number, said: string, call: string): SluiceError {
  const message = `MLflow answered ${status} to GET ${call}${said === '' ? '' : ` (${said})`}.`
  if (status === 401 || status === 403) {
    return new SluiceError('MLFLOW_DENIED', message, {
      remedy:
        'Set MLFLOW_TRACKING_TOKEN, or MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, by `env:` of the step from secrets that may read the run.',
    })
  }
  // An alias that does not exist is a 400 to MLflow.
  if (status === 404 || status === 400) {
    return new SluiceError('MLFLOW_NOT_FOUND', message, {
      remedy:
        'Correct the name of the model, its alias or version, or the run; or the address of the server.',
    })
  }
  return new SluiceError('MLFLOW_ANSWER', message, {
    remedy: 'Run again; when it stays, look at the server.',
    kind: 'surroundings',
  })
}

function strange(what: string): SluiceError {
  return new SluiceError('MLFLOW_ANSWER', `MLflow answered ${what}.`, {
    remedy: 'Check that the address is that of a tracking server.',
    kind: 'surroundings',
  })
}
