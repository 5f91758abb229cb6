import { glob, opendir, stat } from 'node:fs/promises'
import { dirname, join, relative, resolve, sep } from 'node:path'
import { SluiceError } from '@sluice/errors'
import type { ArtifactEntry } from './artifact-store.js'

const FILES = 100_000

/**
 * Finds the files of an artifact by the rules of actions/upload-artifact: patterns a line, `!` takes away, a folder
 * stands for all that is in it; the artifact begins at the folder that all patterns have in common.
 * @param hidden whether files and folders that begin with a dot are taken
 * @throws SluiceError ARTIFACT_TOO_LARGE
 */
export async function findArtifactFiles(
  patterns: string,
  workspace: string,
  hidden: boolean,
): Promise<readonly ArtifactEntry[]> {
  const lines = patterns
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
  const wanted = lines.filter((line) => !line.startsWith('!')).map((line) => resolve(workspace, line))
  const unwanted = lines
    .filter((line) => line.startsWith('!'))
    .map((line) => resolve(workspace, line.slice(1)))
  const found = new Set<string>()
  for (const pattern of wanted) await expand(pattern, (path) => found.add(path))
  for (const pattern of unwanted) await expand(pattern, (path) => found.delete(path))
  const files = [...found].sort()
  const root = await rootOf(wanted, files)
  return files
    .map((source) => ({ name: relative(root, source).split(sep).join('/'), source }))
    .filter(({ name }) => hidden || !name.split('/').some((part) => part.startsWith('.')))
}

async function expand(pattern: string, take: (path: string) => void): Promise<void> {
  let count = 0
  const one = async (path: string) => {
    count++
    if (count > FILES) {
      throw new SluiceError('ARTIFACT_TOO_LARGE', `${pattern} matches more than ${FILES} files.`, {
        remedy: 'Pack them first, or name fewer.',
      })
    }
    if ((await stat(path).catch(() => undefined))?.isFile()) take(path)
  }
  const found = await stat(pattern).catch(() => undefined)
  if (found?.isFile()) return one(pattern)
  if (found?.isDirectory()) {
    return await within(pattern, one)
  }
  for await (const path of glob(pattern)) {
    if ((await stat(path).catch(() => undefined))?.isDirectory()) {
      await within(path, one)
    } else {
      await one(path)
    }
  }
}

/** All files of a folder; Node's `**` would leave out what begins with a dot. */
async function within(folder: string, one: (path: string) => Promise<void>): Promise<void> {
  for await (const entry of await opendir(folder, { recursive: true }))
    await one(join(entry.parentPath, entry.name))
}

/** A single file stands at the top of its artifact; otherwise it is the deepest folder of all search paths. */
async function rootOf(patterns: readonly string[], files: readonly string[]): Promise<string> {
  const bases = await Promise.all(
    patterns.map(async (pattern) => {
      const parts = pattern.split(sep)
      const magic = parts.findIndex((part) => /[*?[\]{}]/.test(part))
      const base = magic < 0 ? pattern : parts.slice(0, magic).join(sep)
      return (await stat(base).catch(() => undefined))?.isFile() ? dirname(base) : base
    }),
  )
  if (bases.length === 0) return dirname(files[0] ?? sep)
  return bases.reduce((common, base) => {
    const own = base.split(sep)
    const shared = common.split(sep).findIndex((part, index) => part !== own[index])
    return shared < 0 ? common : common.split(sep).slice(0, shared).join(sep) || sep
  })
}
