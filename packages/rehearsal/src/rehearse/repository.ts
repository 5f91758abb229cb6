import { createHash } from 'node:crypto'
import { basename } from 'node:path'
import { openWorkspace } from '@sluice/toolkit'
import { type Git, readGit } from './git.js'

/** The repository that is rehearsed. */
export interface Checkout {
  readonly folder: string
  /** `owner/name` */
  readonly repository: string
  readonly sha: string
  readonly branch: string
  readonly defaultBranch: string
  /** Not there for a plain folder. */
  readonly git?: Git
}

const HASHED_BYTES = 1024 * 1024

/**
 * Reads what a run wants to know of its repository. A folder that is no git repository gets a commit made up from its
 * content, so that the same content has the same commit.
 * @param slug what GitHub would call it; that of the remote by default
 * @throws SluiceError FILE_NOT_FOUND
 */
export async function readCheckout(folder: string, slug?: string): Promise<Checkout> {
  const { root } = await openWorkspace(folder)
  const git = await readGit(root)
  const name = basename(root).replaceAll(/[^\w.-]+/g, '-') || 'repository'
  return {
    folder: root,
    repository: slug ?? git?.repository ?? `local/${name}`,
    sha: git?.sha ?? (await shaOf(root)),
    branch: git?.branch ?? 'main',
    defaultBranch: git?.defaultBranch ?? 'main',
    ...(git === undefined ? {} : { git }),
  }
}

async function shaOf(root: string): Promise<string> {
  const workspace = await openWorkspace(root)
  const hash = createHash('sha1')
  for (const path of await workspace.glob(['**'])) {
    hash.update(`${path}\0`)
    // A large file stands by its name: a made-up commit only has to tell usual edits apart.
    const bytes = await workspace.read(path, HASHED_BYTES).catch(() => undefined)
    if (bytes !== undefined) hash.update(createHash('sha1').update(bytes).digest())
  }
  return hash.digest('hex')
}
