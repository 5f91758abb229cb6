import { glob } from 'node:fs/promises'
import { isAbsolute, relative, sep } from 'node:path'
import { SluiceError } from '@sluice/errors'
import type { Workspace } from '@sluice/toolkit'

/** What there is to examine, relative to the workspace. */
export interface Selection {
  readonly files: readonly string[]
  /** Symbolic links, which are not followed and so not examined. */
  readonly links: readonly string[]
}

/**
 * The files that paths name: each a file, a folder or a glob.
 * @throws SluiceError MODELS_NOT_FOUND when one of them names nothing, PATH_OUTSIDE_WORKSPACE
 */
export async function selectFiles(workspace: Workspace, paths: readonly string[]): Promise<Selection> {
  const files = new Set<string>()
  const links = new Set<string>()
  for (const path of paths) {
    const pattern = await toPattern(workspace, inside(workspace, path))
    const patterns = pattern === '' ? ['**'] : [pattern, `${pattern}/**`]
    const found = await workspace.glob(patterns)
    const linked = await linksOf(workspace, patterns)
    if (found.length + linked.length === 0) {
      throw new SluiceError('MODELS_NOT_FOUND', `No file is named by \`${path}\`.`, {
        remedy: 'Correct `paths` or `working-directory`; a scan of nothing would say nothing.',
      })
    }
    for (const file of found) files.add(file)
    for (const link of linked) links.add(link)
  }
  return { files: [...files].sort(), links: [...links].sort() }
}

/**
 * What is there under exactly this name is meant, whatever signs of a glob the name holds.
 * @throws SluiceError PATH_OUTSIDE_WORKSPACE also where a link on the way leads out
 */
async function toPattern(workspace: Workspace, path: string): Promise<string> {
  if (!/[*?[\]{}()!+@|\\]/.test(path)) {
    await workspace.resolve(path)
    return path
  }
  return (await workspace.exists(path)) ? path.replace(/[*?[\]{}()!+@|\\]/g, '\\$&') : path
}

/** The path relative to the workspace, without a slash at its end. */
function inside(workspace: Workspace, path: string): string {
  const local = isAbsolute(path) ? relative(workspace.root, path) : path.replace(/^(?:\.\/)+/, '')
  const plain = local.split(sep).join('/').replace(/\/+$/, '')
  if (plain === '.' || plain === '') return ''
  if (!plain.split('/').includes('..')) return plain
  throw new SluiceError(
    'PATH_OUTSIDE_WORKSPACE',
    `The path \`${path}\` leads out of the working directory.`,
    {
      remedy: 'Use a path inside it, or set `working-directory` to a folder above the models.',
    },
  )
}

async function linksOf(workspace: Workspace, patterns: readonly string[]): Promise<string[]> {
  const links: string[] = []
  for await (const entry of glob([...patterns], { cwd: workspace.root, withFileTypes: true })) {
    if (!entry.isSymbolicLink()) continue
    const folder = relative(workspace.root, entry.parentPath).split(sep).join('/')
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`
    if (!/(^|\/)(\.git|node_modules)\//.test(path)) links.push(path)
  }
  return links
}
