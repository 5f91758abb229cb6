import { posix } from 'node:path'
import { SluiceError } from '@sluice/errors'
import type { Context } from '../context.js'
import { type GitAnswer, runGit } from './run-git.js'

/** What a branch or tag names here. */
export type Resolved =
  | { readonly state: 'found'; readonly commit: string }
  | { readonly state: 'ambiguous'; readonly commits: readonly string[] }
  /** `shallow` when the checkout has not all of the history, so that it may be elsewhere. */
  | { readonly state: 'unknown'; readonly shallow: boolean }

/** What a commit has at a path. */
export type CommittedFile =
  | { readonly state: 'file'; readonly path: string; readonly bytes: Uint8Array }
  | { readonly state: 'absent'; readonly path: string }
  /** A link, a folder, a submodule: `what` it is. */
  | { readonly state: 'no-file'; readonly path: string; readonly what: string }
  | { readonly state: 'too-large'; readonly path: string }

/** The git repository that a workspace lies in, read by plumbing alone. */
export interface Checkout {
  /**
   * The commit of a full hash, a ref in full (`refs/tags/v1`), `HEAD`, a branch or a tag. A branch is the one of
   * `origin` where there is one, since a checkout's own may lag behind; a tag of the same name must agree with it.
   * @throws SluiceError GIT_FAILED
   */
  resolve(ref: string): Promise<Resolved>
  /**
   * A regular file of a commit.
   * @param path relative to the workspace
   * @param limit bytes that are read
   * @throws SluiceError GIT_FAILED, PATH_OUTSIDE_REPOSITORY
   */
  read(commit: string, path: string, limit: number): Promise<CommittedFile>
}

/** Bytes of an answer that is a hash, a path or one entry of a tree. */
const SHORT = 64 * 1024
const HASH = /^([0-9a-f]{40}|[0-9a-f]{64})$/

/** @throws SluiceError GIT_MISSING, GIT_NO_REPOSITORY */
export async function openCheckout(
  context: Pick<Context, 'workspace' | 'variable' | 'signal'>,
): Promise<Checkout> {
  const options = {
    cwd: context.workspace.root,
    searchPath: context.variable('PATH'),
    signal: context.signal,
  }
  const git = (...args: string[]) => runGit(args, options, SHORT)
  const inside = await git('rev-parse', '--show-prefix')
  if (inside.state !== 'done') throw notOpened(inside)
  const prefix = line(inside.stdout)

  const commitOf = async (name: string) => {
    const answer = await git('rev-parse', '--verify', '--quiet', '--end-of-options', `${name}^{commit}`)
    const hash = answer.state === 'done' ? line(answer.stdout) : ''
    return HASH.test(hash) ? hash : undefined
  }
  const firstOf = async (names: readonly string[]) => {
    for (const name of names) {
      const commit = await commitOf(name)
      if (commit !== undefined) return commit
    }
    return undefined
  }

  return {
    async resolve(ref) {
      const exact = HASH.test(ref) || ref === 'HEAD' || ref.startsWith('refs/')
      const found = exact
        ? [await commitOf(ref)]
        : [
            await firstOf([`refs/remotes/origin/${ref}`, `refs/heads/${ref}`]),
            await commitOf(`refs/tags/${ref}`),
          ]
      const commits = [...new Set(found.filter((commit) => commit !== undefined))]
      if (commits.length === 1) return { state: 'found', commit: commits[0]! }
      if (commits.length > 1) return { state: 'ambiguous', commits }
      const answer = await git('rev-parse', '--is-shallow-repository')
      if (answer.state !== 'done') throw failed('rev-parse', answer)
      return { state: 'unknown', shallow: line(answer.stdout) === 'true' }
    },

    async read(commit, file, limit) {
      const path = posix.normalize(posix.join(prefix, file))
      if (path.startsWith('../') || posix.isAbsolute(path)) throw outside(file)
      const tree = await git('ls-tree', '-z', '--full-tree', commit, '--', path)
      if (tree.state !== 'done') throw failed('ls-tree', tree)
      const [entry = ''] = Buffer.from(tree.stdout).toString('utf8').split('\0')
      const [, mode = '', hash = '', name] = /^(\d{6}) [a-z]+ ([0-9a-f]{40,64})\t(.*)$/s.exec(entry) ?? []
      if (name !== path) return { state: 'absent', path }
      const what = KINDS[mode]
      if (what !== undefined) return { state: 'no-file', path, what }
      const blob = await runGit(['cat-file', 'blob', hash], options, limit)
      if (blob.state === 'too-long') return { state: 'too-large', path }
      if (blob.state !== 'done') throw failed('cat-file', blob)
      return { state: 'file', path, bytes: blob.stdout }
    },
  }
}

/** Modes of tree entries that are no regular file (git-fast-import, `M`). */
const KINDS: Readonly<Record<string, string>> = {
  '040000': 'a folder',
  '120000': 'a symbolic link',
  '160000': 'a submodule',
}

function line(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('utf8').replace(/\n$/, '')
}

function notOpened(answer: GitAnswer): SluiceError {
  if (answer.state === 'absent') {
    return new SluiceError('GIT_MISSING', 'There is no `git` on the PATH.', {
      remedy: 'Install git on the runner, or put it on the PATH.',
      kind: 'surroundings',
    })
  }
  return new SluiceError('GIT_NO_REPOSITORY', 'The working directory lies in no git repository.', {
    remedy: 'Check the repository out before, by `actions/checkout`, or correct `working-directory`.',
  })
}

function failed(command: string, answer: GitAnswer): SluiceError {
  const because = answer.state === 'failed' ? answer.because : 'it gave no usable answer'
  return new SluiceError('GIT_FAILED', `git ${command} failed: ${because}.`, {
    remedy:
      'Try the same by hand in the checkout; a partial clone (`filter`) has not every file, so check out without one.',
    kind: 'surroundings',
  })
}

function outside(file: string): SluiceError {
  return new SluiceError('PATH_OUTSIDE_REPOSITORY', `The path \`${file}\` leads out of the repository.`, {
    remedy: 'Use a path inside it; relative ones start at the working directory.',
  })
}
