import { execFile } from 'node:child_process'
import { realpath } from 'node:fs/promises'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** What of a repository's history a run page shows. */
export interface Git {
  readonly sha: string
  /** Commit before; the same one in a repository with one commit. */
  readonly before: string
  readonly branch: string
  readonly defaultBranch: string
  /** `owner/name` of the remote, where it lies on a server. */
  readonly repository?: string
  readonly message: string
  readonly author: { readonly name: string; readonly email: string }
  /** Paths that differ between a commit and `sha`; undefined when there is no such commit. */
  changed(from: string): Promise<readonly string[] | undefined>
  /** The commit where this branch left the other one. */
  mergeBase(branch: string): Promise<string | undefined>
}

/**
 * Reads a git repository that begins at `folder`; undefined when there is none or no git. Configuration that runs
 * programs is switched off: the repository is somebody else's.
 */
export async function readGit(folder: string): Promise<Git | undefined> {
  const git = async (...args: string[]): Promise<string | undefined> => {
    const options = ['-c', 'core.fsmonitor=false', '-c', 'core.hooksPath=/dev/null', '-c', 'diff.external=']
    const { stdout } = await run('git', ['-C', folder, ...options, ...args], {
      maxBuffer: 16 * 1024 * 1024,
      timeout: 30_000,
      env: {
        PATH: process.env['PATH'] ?? '',
        HOME: '/nonexistent',
        GIT_OPTIONAL_LOCKS: '0',
        GIT_TERMINAL_PROMPT: '0',
        // What a partial clone lacks it would fetch by whatever program its configuration names.
        GIT_ALLOW_PROTOCOL: 'none',
      },
    }).catch(() => ({ stdout: undefined }))
    return stdout?.trim()
  }
  const top = await git('rev-parse', '--show-toplevel')
  if (top === undefined || (await realpath(folder)) !== (await realpath(top).catch(() => '')))
    return undefined
  const sha = await git('rev-parse', '--verify', 'HEAD^{commit}')
  if (sha === undefined) return undefined
  const [name = '', email = '', message = ''] = (
    (await git('log', '-1', '--format=%an%x00%ae%x00%s')) ?? ''
  ).split('\0')
  const branch = (await git('symbolic-ref', '--short', '-q', 'HEAD')) ?? ''
  const remote = await git('remote', 'get-url', 'origin')
  const repository = /[/:]([\w.-]+\/[\w.-]+?)(?:\.git)?\/?$/.exec(
    /^(https?:|ssh:|git@)/.test(remote ?? '') ? remote! : '',
  )?.[1]
  const remoteHead = await git('symbolic-ref', '--short', '-q', 'refs/remotes/origin/HEAD')
  return {
    sha,
    before: (await git('rev-parse', '--verify', '-q', 'HEAD^')) || sha,
    branch: branch === '' ? 'main' : branch,
    defaultBranch: remoteHead?.replace(/^origin\//, '') || 'main',
    ...(repository === undefined ? {} : { repository }),
    message,
    author: { name, email },
    changed: async (from) =>
      (await git('diff', '--name-only', '--no-ext-diff', '--no-textconv', '-z', from, sha))
        ?.split('\0')
        .filter(Boolean),
    mergeBase: async (other) =>
      (await git('merge-base', 'HEAD', `refs/remotes/origin/${other}`)) ||
      (await git('merge-base', 'HEAD', `refs/heads/${other}`)) ||
      undefined,
  }
}
