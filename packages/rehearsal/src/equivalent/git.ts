import { appendFile, realpath } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { SluiceError } from '@sluice/errors'
import { type CommandOptions, runCommand } from './command.js'
import type { EquivalentStep } from './equivalent.js'

/** A folder under git. */
export interface Git {
  /** Whether the folder is the top of its repository, and has a commit. */
  readonly top: boolean
  /** The commit that a branch, tag or hash names. */
  find(ref: string): Promise<string | undefined>
  /**
   * Clones into an empty folder, over no network.
   * @param depth commits of history, 0 for all
   * @param commit what to check out; without one only the index is filled, to be followed by a copy of the files
   */
  clone(target: string, depth: number, commit: string | undefined): Promise<void>
  /** Lets a clone not notice that these files of it were changed, and those of `added` made. */
  overlook(target: string, files: readonly string[], added: readonly string[]): Promise<void>
}

/** Settings that keep a repository's own configuration from running anything here. */
const SETTINGS: readonly (readonly [string, string])[] = [
  ['core.fsmonitor', 'false'],
  ['core.hooksPath', '/dev/null'],
  ['safe.directory', '*'],
  ['protocol.file.allow', 'always'],
  ['advice.detachedHead', 'false'],
  ['init.defaultBranch', 'main'],
]

const NO_PUSH = '/nowhere/a-rehearsal-does-not-push'

/** @returns undefined when the folder is not under git, or this machine has none */
export async function openGit(folder: string, step: EquivalentStep): Promise<Git | undefined> {
  const options = gitOptions(folder, step)
  const found = await runCommand('git', ['rev-parse', '--show-toplevel'], options)
  if (found.fault !== undefined) return undefined
  const hasCommit =
    (await runCommand('git', ['rev-parse', '--verify', '-q', 'HEAD'], options)).fault === undefined
  const top = hasCommit && (await realpath(found.stdout.trim())) === (await realpath(folder))
  return {
    top,
    find: async (ref) => {
      for (const candidate of [ref, `refs/heads/${ref}`, `refs/tags/${ref}`, `refs/remotes/origin/${ref}`]) {
        const args = ['rev-parse', '--verify', '-q', '--end-of-options', `${candidate}^{commit}`]
        const { stdout, fault } = await runCommand('git', args, options)
        if (fault === undefined) return stdout.trim()
      }
      return undefined
    },
    clone: async (target, depth, commit) => {
      const inTarget = { ...options, cwd: target }
      const source = pathToFileURL(await realpath(folder)).href
      // A commit other than the head's may be deeper than any depth, so all of the history is there then.
      const shallow = depth > 0 && commit === undefined ? [`--depth=${depth}`] : []
      await must(['clone', '--quiet', '--no-checkout', ...shallow, '--', source, '.'], inTarget)
      // What is rehearsed is not to be changed: fetching works, pushing does not.
      await must(['config', 'remote.origin.pushurl', NO_PUSH], inTarget)
      if (commit === undefined) await must(['reset', '--quiet'], inTarget)
      else await must(['checkout', '--quiet', '--detach', commit], inTarget)
    },
    overlook: async (target, files, added) => {
      const inTarget = { ...options, cwd: target }
      const { stdout } = await runCommand('git', ['ls-files', '-z', '--', ...files], inTarget)
      const tracked = stdout.split('\0').filter((name) => name !== '')
      if (tracked.length > 0) await must(['update-index', '--assume-unchanged', '--', ...tracked], inTarget)
      await appendFile(join(target, '.git/info/exclude'), added.map((name) => `/${name}\n`).join(''))
    },
  }
}

/** How git is run for a step: nothing of this machine's configuration, and none of the repository's that acts. */
export function gitOptions(cwd: string, { searchPath, userHome, stop }: EquivalentStep): CommandOptions {
  const settings = SETTINGS.flatMap(([key, value], index) => [
    [`GIT_CONFIG_KEY_${index}`, key],
    [`GIT_CONFIG_VALUE_${index}`, value],
  ])
  return {
    cwd,
    stop,
    env: {
      PATH: searchPath,
      HOME: userHome,
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_TERMINAL_PROMPT: '0',
      // A checkout is a copy of the folder; nothing is fetched by another way.
      GIT_ALLOW_PROTOCOL: 'file',
      GIT_CONFIG_COUNT: String(SETTINGS.length),
      ...Object.fromEntries(settings),
    },
  }
}

async function must(args: readonly string[], options: CommandOptions): Promise<void> {
  const { fault } = await runCommand('git', args, options)
  if (fault === undefined) return
  throw new SluiceError('CHECKOUT_FAILED', `git ${args[0]} failed: ${fault}.`, {
    remedy: 'Try the same by hand in the repository that is rehearsed.',
    kind: 'surroundings',
  })
}
