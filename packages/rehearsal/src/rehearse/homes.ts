import { existsSync } from 'node:fs'
import { realpath } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { SluiceError } from '@sluice/errors'
import { PROJECT } from '@sluice/verdict'
import type { Home, ResolvedAction } from '../contract.js'
import type { Repositories } from '../plan/references.js'
import { type Checkout, readCheckout } from './repository.js'

const SLUG = /^[\w.-]+\/[\w.-]+$/

/**
 * The repositories that a rehearsal knows: the rehearsed one, those of `--map`, and Sluice's own in the checkout that
 * this code runs from.
 * @throws SluiceError REHEARSAL_MAP_INVALID
 */
export async function readHomes(own: Home, maps: Readonly<Record<string, string>>): Promise<Repositories> {
  const homes = new Map<string, Home>()
  const folder = projectFolder()
  if (folder !== undefined)
    homes.set(PROJECT.repository.toLowerCase(), await homeOf(folder, PROJECT.repository))
  homes.set(own.repository.toLowerCase(), own)
  for (const [slug, path] of Object.entries(maps)) {
    if (!SLUG.test(slug)) throw invalid(slug, path, 'names no repository')
    const home = await homeOf(resolve(path), slug).catch((cause: unknown) => {
      throw invalid(slug, path, 'names no folder', cause)
    })
    homes.set(slug.toLowerCase(), home)
  }
  return homes
}

async function homeOf(folder: string, repository: string): Promise<Home> {
  const checkout = await readCheckout(folder, repository)
  return toHome(checkout, '')
}

/** A repository as the home of one of its workflows. */
export function toHome({ folder, repository, sha, branch }: Checkout, workflow: string): Home {
  return { folder, repository, sha, ref: `refs/heads/${branch}`, workflow }
}

/** Finds `owner/name[/path]@ref` among the mapped repositories; what is not there may still have an equivalent. */
export function actionResolver(homes: Repositories): (uses: string) => Promise<ResolvedAction | undefined> {
  return async (uses) => {
    const [, slug, path = '', ref = ''] = /^([\w.-]+\/[\w.-]+)(?:\/([^@]*))?(?:@(.*))?$/.exec(uses) ?? []
    const home = slug === undefined ? undefined : homes.get(slug.toLowerCase())
    if (home === undefined) return undefined
    const folder = join(home.folder, path)
    if (folder !== home.folder && !folder.startsWith(`${home.folder}/`)) return undefined
    return { kind: 'folder', folder, home: /^[0-9a-f]{40}$/.test(ref) ? { ...home, ref, sha: ref } : home }
  }
}

/** Sluice's own name, for its own checkout, which has no remote before it has a home. */
export async function ownSlug(folder: string): Promise<string | undefined> {
  const project = projectFolder()
  const same = project !== undefined && (await realpath(folder).catch(() => '')) === (await realpath(project))
  return same ? PROJECT.repository : undefined
}

function projectFolder(): string | undefined {
  let folder = dirname(fileURLToPath(import.meta.url))
  while (folder !== dirname(folder)) {
    if (existsSync(join(folder, 'pnpm-workspace.yaml')) && existsSync(join(folder, 'actions'))) return folder
    folder = dirname(folder)
  }
  return undefined
}

function invalid(slug: string, path: string, why: string, cause?: unknown): SluiceError {
  return new SluiceError('REHEARSAL_MAP_INVALID', `\`--map ${slug}=${path}\` ${why}.`, {
    remedy: 'Write `--map owner/name=<folder>` with the folder of a checkout.',
    cause,
  })
}
