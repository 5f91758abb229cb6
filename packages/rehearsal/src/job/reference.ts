import { realpath } from 'node:fs/promises'
import { join } from 'node:path'
import { SluiceError } from '@sluice/errors'
import type { Home, JobScope, Place } from '../contract.js'
import type { Equivalent } from '../equivalent/equivalent.js'
import { equivalentOf } from '../equivalent/equivalents.js'
import { type ActionFile, readActionFile } from './action-file.js'
import { contains } from './contains.js'

/** An action that a step uses, found. */
export type FoundAction =
  | {
      readonly kind: 'file'
      readonly file: ActionFile
      readonly home: Home
      /** For GITHUB_ACTION_REF; an action of the workspace has none. */
      readonly ref?: string
    }
  | { readonly kind: 'equivalent'; readonly equivalent: Equivalent }

/** Composite actions may lie in each other so deep (docs, creating a composite action). */
export const DEEPEST = 10

/** Whether the action lies in the workspace, where it is only once a step has put it there. */
export function isWorkspaceAction(uses: string): boolean {
  return uses === '.' || uses.startsWith('./')
}

/**
 * Finds what `uses:` names: `./path` in the workspace, `$/path` in the repository of the file it stands in,
 * `owner/repo/path@ref` where the rehearsal has it or as a local equivalent.
 * @param home the repository of the file that holds the step
 * @throws SluiceError REHEARSAL_UNSUPPORTED for what cannot be rehearsed, ACTION_MISSING, ACTION_INVALID
 */
export async function findAction(
  uses: string,
  home: Home,
  scope: Pick<JobScope, 'workspace' | 'resolveAction'>,
  place: Place,
): Promise<FoundAction> {
  const at = { file: place.file, line: place.line }
  if (uses.startsWith('docker://')) throw docker(uses, at)
  if (isWorkspaceAction(uses)) {
    return file(uses, join(scope.workspace, uses), scope.workspace, home, at)
  }
  if (uses.startsWith('$/')) {
    return file(uses, join(home.folder, uses.slice(2)), home.folder, home, at, home.sha)
  }
  const found = await scope.resolveAction(uses, home)
  if (found?.kind === 'folder') {
    return file(uses, found.folder, found.home.folder, found.home, at, refOf(uses))
  }
  const equivalent = equivalentOf(found?.name ?? nameOf(uses))
  if (equivalent) return { kind: 'equivalent', equivalent }
  throw new SluiceError(
    'REHEARSAL_UNSUPPORTED',
    `${uses} is neither on this machine nor an action that a rehearsal has an equivalent of.`,
    { remedy: `Say where it lies with \`--map ${repositoryOf(uses)}=<folder>\`.`, at },
  )
}

async function file(
  uses: string,
  folder: string,
  root: string,
  home: Home,
  at: { file: string; line: number },
  ref?: string,
): Promise<FoundAction> {
  const top = await realpath(root).catch(() => root)
  const path = await realpath(folder).catch(() => folder)
  if (!contains(top, path)) {
    throw new SluiceError('ACTION_INVALID', `${uses} leads out of its repository.`, {
      remedy: 'Name a folder inside of it.',
      at,
    })
  }
  const action = await readActionFile(path, top)
  return { kind: 'file', file: action, home, ...(ref === undefined ? {} : { ref }) }
}

function docker(uses: string, at: { file: string; line: number }): SluiceError {
  return new SluiceError('REHEARSAL_UNSUPPORTED', `${uses} runs in a container; a rehearsal has none.`, {
    remedy: `Map a node or composite action in its place with \`--map ${repositoryOf(uses)}=<folder>\`.`,
    at,
  })
}

/** `owner/repo` or `owner/repo/path`, without the ref. */
function nameOf(uses: string): string {
  return (uses.split('@')[0] ?? uses).toLowerCase()
}

function repositoryOf(uses: string): string {
  return nameOf(uses.replace(/^docker:\/\//, ''))
    .split('/')
    .slice(0, 2)
    .join('/')
}

function refOf(uses: string): string {
  return uses.slice(uses.indexOf('@') + 1)
}
