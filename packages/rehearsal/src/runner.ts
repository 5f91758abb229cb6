import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { SluiceError } from '@sluice/errors'
import { parseAssignments } from './job/runner-files.js'

/** A runner's machine for one step: a workspace, the runner's files, and an environment with nothing inherited. */
export interface Runner extends AsyncDisposable {
  readonly workspace: string
  readonly temporary: string
  write(file: string, data: string | Uint8Array): Promise<void>
  /** Runs a built bundle as GitHub's runner does: inputs by environment, results by files. */
  run(action: string, step?: StepOptions): Promise<StepResult>
  /** Runs the same bundle from a command line, outside GitHub. */
  command(
    action: string,
    args: readonly string[],
    options?: { env?: Record<string, string> },
  ): Promise<StepResult>
}

export interface StepOptions {
  /** By kebab-case name. */
  readonly inputs?: Readonly<Record<string, string>>
  /** On top of the runner's own variables; undefined removes one. */
  readonly env?: Readonly<Record<string, string | undefined>>
  /** The event's payload. */
  readonly event?: unknown
  /** Sends a signal after so many milliseconds. */
  readonly kill?: { readonly signal: NodeJS.Signals; readonly after: number }
}

export interface StepResult {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
  readonly outputs: Readonly<Record<string, string>>
  readonly summary: string
  /** The JSON report, when one was written. */
  // biome-ignore lint/suspicious/noExplicitAny: the shape is the action's own; callers look into it freely
  readonly report: any
}

/** Where a runner takes its bundles from and what it starts with. */
export interface RunnerOptions {
  /** Folder of the built actions: `<actions>/<name>/dist/index.js`. */
  readonly actions: string
  readonly files?: Readonly<Record<string, string | Uint8Array>>
  /** An existing folder to work in; without one, a temporary one that goes with the runner. */
  readonly workspace?: string
}

/** Makes a runner. `await using` removes what it made. */
export async function startRunner(options: RunnerOptions): Promise<Runner> {
  const home = await realpath(await mkdtemp(join(tmpdir(), 'sluice-runner-')))
  const workspace = options.workspace ?? join(home, 'work')
  const temporary = join(home, 'temp')
  await mkdir(workspace, { recursive: true })
  await mkdir(temporary)
  const write = async (file: string, data: string | Uint8Array) => {
    await mkdir(dirname(join(workspace, file)), { recursive: true })
    await writeFile(join(workspace, file), data)
  }
  for (const [file, data] of Object.entries(options.files ?? {})) await write(file, data)
  return {
    workspace,
    temporary,
    write,
    run: (action, step = {}) =>
      runStep({ home, workspace, temporary }, bundleOf(options.actions, action), step),
    command: (action, args, { env } = {}) =>
      spawnBundle(bundleOf(options.actions, action), args, workspace, {
        PATH: process.env.PATH,
        HOME: home,
        ...env,
      }).then((done) => ({ ...done, outputs: {}, summary: '', report: undefined })),
    [Symbol.asyncDispose]: () => rm(home, { recursive: true, force: true }),
  }
}

interface Folders {
  readonly home: string
  readonly workspace: string
  readonly temporary: string
}

async function runStep(folders: Folders, bundle: string, step: StepOptions): Promise<StepResult> {
  const { home, workspace } = folders
  // Steps of one runner may run side by side, so each has its own set of the runner's files.
  const temporary = await mkdtemp(join(folders.temporary, 'step-'))
  const file = async (name: string, content = '') => {
    const path = join(temporary, name)
    await writeFile(path, content)
    return path
  }
  const env: Record<string, string | undefined> = {
    PATH: process.env.PATH,
    HOME: home,
    CI: 'true',
    GITHUB_ACTIONS: 'true',
    GITHUB_OUTPUT: await file('output'),
    GITHUB_ENV: await file('env'),
    GITHUB_PATH: await file('path'),
    GITHUB_STATE: await file('state'),
    GITHUB_STEP_SUMMARY: await file('summary'),
    GITHUB_EVENT_PATH: await file('event.json', JSON.stringify(step.event ?? {})),
    GITHUB_EVENT_NAME: 'push',
    GITHUB_REPOSITORY: 'octo-org/flight-delays',
    GITHUB_REPOSITORY_ID: '1296269',
    GITHUB_REPOSITORY_OWNER: 'octo-org',
    GITHUB_REPOSITORY_OWNER_ID: '9919',
    GITHUB_SHA: '5b3a1c9e0f2d4b6a8c7e9f1d3b5a7c9e1f3d5b7a',
    GITHUB_REF: 'refs/heads/main',
    GITHUB_RUN_ID: '4242',
    GITHUB_RUN_ATTEMPT: '1',
    GITHUB_WORKFLOW_REF: 'octo-org/flight-delays/.github/workflows/release.yml@refs/heads/main',
    GITHUB_WORKFLOW_SHA: '5b3a1c9e0f2d4b6a8c7e9f1d3b5a7c9e1f3d5b7a',
    GITHUB_WORKSPACE: workspace,
    GITHUB_SERVER_URL: 'https://github.com',
    GITHUB_API_URL: 'https://api.github.invalid',
    GITHUB_ACTOR: 'octocat',
    GITHUB_JOB: 'release',
    RUNNER_TEMP: temporary,
    RUNNER_OS: 'Linux',
    RUNNER_ARCH: 'X64',
    RUNNER_ENVIRONMENT: 'github-hosted',
    ...Object.fromEntries(
      Object.entries(step.inputs ?? {}).map(([name, value]) => [
        `INPUT_${name.replace(/ /g, '_').toUpperCase()}`,
        value,
      ]),
    ),
    ...step.env,
  }
  const done = await spawnBundle(bundle, [], workspace, env, step.kill)
  const outputs = Object.fromEntries(parseAssignments(await readFile(join(temporary, 'output'), 'utf8')))
  const report = outputs.report
  return {
    ...done,
    outputs,
    summary: await readFile(join(temporary, 'summary'), 'utf8'),
    report: report && existsSync(report) ? JSON.parse(await readFile(report, 'utf8')) : undefined,
  }
}

function spawnBundle(
  bundle: string,
  args: readonly string[],
  cwd: string,
  env: Record<string, string | undefined>,
  kill?: StepOptions['kill'],
): Promise<{ code: number | null; stdout: string; stderr: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [bundle, ...args], { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] })
    let stdout = ''
    let stderr = ''
    child.stdout.setEncoding('utf8').on('data', (text) => {
      stdout += text
    })
    child.stderr.setEncoding('utf8').on('data', (text) => {
      stderr += text
    })
    const timer = kill && setTimeout(() => child.kill(kill.signal), kill.after)
    child.on('error', reject)
    child.on('close', (code) => {
      clearTimeout(timer)
      resolve({ code, stdout, stderr })
    })
  })
}

function bundleOf(actions: string, name: string): string {
  const bundle = join(actions, name, 'dist/index.js')
  if (existsSync(bundle)) return bundle
  throw new SluiceError('BUNDLE_MISSING', `There is no bundle ${name}/dist/index.js.`, {
    remedy: 'Run `npm run bundle` first.',
    kind: 'surroundings',
  })
}
