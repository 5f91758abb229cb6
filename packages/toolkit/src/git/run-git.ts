import { execFile } from 'node:child_process'

/** What a command of git came to. */
export type GitAnswer =
  | { readonly state: 'done'; readonly stdout: Uint8Array }
  | { readonly state: 'failed'; readonly because: string }
  | { readonly state: 'too-long' }
  | { readonly state: 'absent' }

export interface GitOptions {
  readonly cwd: string
  /** PATH of the search for git. */
  readonly searchPath: string | undefined
  readonly signal: AbortSignal
}

/**
 * Settings that outrank a repository's own, which a pull request's author may have shaped: nothing of it runs, and
 * nothing is fetched. A repository that lies as plain files in the checkout is not taken for the one around it.
 */
const SETTINGS: readonly (readonly [string, string])[] = [
  ['core.fsmonitor', 'false'],
  ['core.hooksPath', '/dev/null'],
  ['credential.helper', ''],
  ['protocol.allow', 'never'],
  ['safe.bareRepository', 'explicit'],
  // The runner's checkout may belong to another user than a container's; only plumbing that reads is run in it.
  ['safe.directory', '*'],
]

const TIMEOUT = 120_000

/**
 * Runs one reading command of git with none of this machine's configuration, no hook, no filter, no network.
 * @param limit bytes of output that are taken
 */
export function runGit(
  args: readonly string[],
  { cwd, searchPath, signal }: GitOptions,
  limit: number,
): Promise<GitAnswer> {
  const options = {
    cwd,
    signal,
    env: environment(searchPath),
    timeout: TIMEOUT,
    maxBuffer: limit,
    encoding: 'buffer',
    windowsHide: true,
  } as const
  return new Promise((resolve, reject) => {
    execFile('git', args, options, (error, stdout, stderr) => {
      if (error === null) return resolve({ state: 'done', stdout })
      if (signal.aborted) return reject(signal.reason)
      const { code, killed } = error as NodeJS.ErrnoException & { killed?: boolean }
      if (code === 'ENOENT') return resolve({ state: 'absent' })
      if (code === 'ERR_CHILD_PROCESS_STDIO_MAXBUFFER') return resolve({ state: 'too-long' })
      if (killed) return resolve({ state: 'failed', because: `it did not end within ${TIMEOUT / 1000} s` })
      const said = stderr.toString('utf8').split('\n', 1)[0]!.slice(0, 300)
      resolve({ state: 'failed', because: said === '' ? 'it gave no reason' : said })
    })
  })
}

function environment(searchPath: string | undefined): NodeJS.ProcessEnv {
  const settings = SETTINGS.flatMap(([key, value], index) => [
    [`GIT_CONFIG_KEY_${index}`, key],
    [`GIT_CONFIG_VALUE_${index}`, value],
  ])
  return {
    ...(searchPath === undefined ? {} : { PATH: searchPath }),
    LC_ALL: 'C',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_ATTR_NOSYSTEM: '1',
    GIT_TERMINAL_PROMPT: '0',
    // A partial clone would fetch what it lacks.
    GIT_NO_LAZY_FETCH: '1',
    GIT_ALLOW_PROTOCOL: 'none',
    GIT_NO_REPLACE_OBJECTS: '1',
    GIT_OPTIONAL_LOCKS: '0',
    GIT_LITERAL_PATHSPECS: '1',
    GIT_CONFIG_COUNT: String(SETTINGS.length),
    ...Object.fromEntries(settings),
  }
}
