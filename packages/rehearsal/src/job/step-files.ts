import { randomUUID } from 'node:crypto'
import { lstat, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isSluiceError, SluiceError } from '@sluice/errors'
import { artifactsList, readArtifacts } from './artifacts-file.js'
import { FILE_BYTES, parseAssignments, parsePaths } from './runner-files.js'
import type { JobState } from './state.js'
import type { StepLog } from './step-log.js'

/** A job summary larger than this is dropped, and the step goes on. */
export const SUMMARY_BYTES = 1024 * 1024

/** The runner's files of one process: made empty before it starts, read after it ended. */
export interface StepFiles {
  readonly variables: Readonly<Record<string, string>>
  /**
   * Takes over what the process wrote.
   * @returns false when a file could not be understood, which fails the step
   */
  collect(results: StepResults): Promise<boolean>
}

export interface StepResults {
  readonly outputs: Record<string, string>
  readonly state: Record<string, string>
  readonly log: StepLog
}

/** Variables that GITHUB_ENV must not set: they would change how the runner's own Node starts. */
const REFUSED_VARIABLES = ['NODE_OPTIONS']

export async function makeStepFiles(state: JobState): Promise<StepFiles> {
  const folder = join(state.folders.files, randomUUID())
  await mkdir(folder)
  const path = (name: string) => join(folder, name)
  for (const name of ['output', 'env', 'path', 'state', 'summary', 'artifacts'])
    await writeFile(path(name), '')
  await writeFile(path('artifacts.json'), artifactsList(state.subjects))
  return {
    variables: {
      GITHUB_OUTPUT: path('output'),
      GITHUB_ENV: path('env'),
      GITHUB_PATH: path('path'),
      GITHUB_STATE: path('state'),
      GITHUB_STEP_SUMMARY: path('summary'),
      GITHUB_ARTIFACTS: path('artifacts'),
      GITHUB_ARTIFACTS_LIST: path('artifacts.json'),
    },
    collect: async (results) => {
      const { log } = results
      const readers: readonly [string, (text: string) => void | Promise<void>][] = [
        ['path', (text) => void state.path.unshift(...parsePaths(text).toReversed())],
        ['env', (text) => setVariables(state, text, log)],
        ['output', (text) => void Object.assign(results.outputs, Object.fromEntries(parseAssignments(text)))],
        ['state', (text) => void Object.assign(results.state, Object.fromEntries(parseAssignments(text)))],
        ['summary', (text) => addSummary(text, log)],
        ['artifacts', (text) => declareArtifacts(state, text)],
      ]
      let good = true
      for (const [name, take] of readers) {
        try {
          await take(await read(path(name)))
        } catch (error) {
          if (!isSluiceError(error)) throw error
          log.annotate('error', `Unable to process file command '${name}' successfully.`)
          log.annotate('error', `${error.code}: ${error.message} ${error.remedy}`)
          good = false
        }
      }
      await rm(folder, { recursive: true, force: true })
      return good
    },
  }
}

/** A file that the step removed counts as empty; a link in its place is not followed. */
async function read(path: string): Promise<string> {
  const found = await lstat(path).catch(() => undefined)
  if (!found) return ''
  if (!found.isFile() || found.size > FILE_BYTES) {
    throw new SluiceError(
      'RUNNER_FILE_INVALID',
      'The runner’s file is no plain file of at most 50 MiB any more.',
      {
        remedy: 'Append to the file that the variable names.',
      },
    )
  }
  return readFile(path, 'utf8')
}

function setVariables(state: JobState, text: string, log: StepLog): void {
  for (const [name, value] of parseAssignments(text)) {
    if (REFUSED_VARIABLES.includes(name.toUpperCase())) {
      log.annotate('error', `Can't store ${name} output parameter using '$GITHUB_ENV' command.`)
    } else {
      state.env.set(name, value)
    }
  }
}

function addSummary(text: string, log: StepLog): void {
  const bytes = Buffer.byteLength(text)
  if (bytes <= SUMMARY_BYTES) {
    log.addSummary(text)
    return
  }
  log.annotate(
    'error',
    `$GITHUB_STEP_SUMMARY upload aborted, supports content up to a size of 1024k, got ${Math.ceil(bytes / 1024)}k.`,
  )
}

async function declareArtifacts(state: JobState, text: string): Promise<void> {
  state.subjects.push(...(await readArtifacts(text, state.scope.workspace, state.subjects)))
}
