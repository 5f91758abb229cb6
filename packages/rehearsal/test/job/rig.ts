import { mkdir, mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type {
  Contexts,
  Home,
  JobResult,
  PlannedJob,
  PlannedStep,
  ResolvedAction,
  RunEvent,
} from '../../src/contract.js'
import { createExpressions } from '../../src/expression/expressions.js'
import { loadLanguage } from '../../src/expression/language.js'
import { runJobWith } from '../../src/job/run-job.js'

/** Files by path; text or bytes. */
export type Files = Readonly<Record<string, string>>

export interface Rehearsed {
  /** Conclusion of the job, `(error …)` lines of all its steps, and its outputs. */
  readonly result: JobResult
  /** The log, a line a line. */
  readonly log: readonly string[]
  readonly workspace: string
  readonly temporary: string
}

export interface JobRig extends AsyncDisposable {
  readonly folder: string
  /** The repository that `$/` stands for. */
  readonly home: Home
  run(steps: readonly PlannedStep[], options?: RunOptions): Promise<Rehearsed>
}

export interface RunOptions {
  readonly job?: Partial<PlannedJob>
  readonly contexts?: Contexts
  readonly services?: Readonly<Record<string, string>>
  readonly signal?: AbortSignal
  readonly actions?: Readonly<Record<string, ResolvedAction>>
  readonly workspaceFiles?: Files
  /** Called with each line of the log as it comes. */
  readonly onLine?: (line: string) => void
}

const language = await loadLanguage()

/** A repository in a temporary folder and jobs run from it as the rehearsal runs them. */
export async function jobRig(files: Files = {}): Promise<JobRig> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'sluice-job-')))
  const home: Home = {
    folder: join(folder, 'repository'),
    repository: 'octo-org/flight-delays',
    sha: '5b3a1c9e0f2d4b6a8c7e9f1d3b5a7c9e1f3d5b7a',
    ref: 'refs/heads/main',
    workflow: '.github/workflows/release.yml',
  }
  await writeFiles(home.folder, files)
  let runs = 0
  return {
    folder,
    home,
    run: async (steps, options = {}) => {
      runs++
      const workspace = join(folder, `run-${runs}`, 'work')
      const temporary = join(folder, `run-${runs}`, 'temp')
      await writeFiles(workspace, options.workspaceFiles ?? {})
      const log: string[] = []
      const events = (event: RunEvent) => {
        if (event.kind !== 'log') return
        log.push(event.line)
        options.onLine?.(event.line)
      }
      const result = await runJobWith(
        { ...plannedJob(home, steps), ...options.job },
        {
          contexts: {
            github: {
              repository: home.repository,
              sha: home.sha,
              ref: home.ref,
              run_id: '7',
              event_name: 'push',
              event: { action: 'opened' },
            },
            secrets: {},
            inputs: {},
            ...options.contexts,
          },
          workspace,
          temporary,
          services: options.services ?? {},
          expressions: createExpressions(language, workspace),
          resolveAction: async (uses) => options.actions?.[uses],
          events,
          signal: options.signal ?? new AbortController().signal,
        },
        { interrupt: 300, terminate: 300 },
      )
      return { result, log, workspace, temporary }
    },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  }
}

export async function writeFiles(folder: string, files: Files): Promise<void> {
  await mkdir(folder, { recursive: true })
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true })
    await writeFile(join(folder, name), text)
  }
}

/** A `run:` step. */
export function sh(script: string, more: Partial<PlannedStep> & { shell?: string } = {}): PlannedStep {
  const { shell, ...step } = more
  return {
    env: {},
    continueOnError: 'false',
    place: { file: '.github/workflows/release.yml', line: 1 },
    ...step,
    does: { kind: 'run', script, ...(shell === undefined ? {} : { shell }) },
  }
}

/** A `uses:` step. */
export function uses(
  action: string,
  inputs: Readonly<Record<string, string>> = {},
  more: Partial<PlannedStep> = {},
): PlannedStep {
  return {
    env: {},
    continueOnError: 'false',
    place: { file: '.github/workflows/release.yml', line: 9 },
    ...more,
    does: { kind: 'uses', uses: action, with: inputs },
  }
}

/** Whether a process is still there; one that has ended and waits to be collected is not. */
export async function alive(pid: number): Promise<boolean> {
  const state = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
  return state !== '' && !/\) Z /.test(state)
}

function plannedJob(home: Home, steps: readonly PlannedStep[]): PlannedJob {
  return {
    key: 'gate',
    name: 'gate',
    id: 'gate',
    steps,
    env: {},
    defaults: {},
    permissions: {},
    outputs: {},
    timeoutMinutes: 5,
    continueOnError: false,
    home,
    place: { file: home.workflow, line: 1 },
  }
}
