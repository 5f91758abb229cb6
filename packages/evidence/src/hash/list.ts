import { type BigIntStats, type Dirent, lstatSync, readdirSync, realpathSync } from 'node:fs'
import { basename, join, sep } from 'node:path'
import { SluiceError } from '@sluice/errors'
import { changed, notAFile, tooMany, unreadable } from './fault.js'
import { identityOf } from './identity.js'
import { compareNames, foldName, pathFault } from './path-name.js'
import type { ListedFile } from './read.js'

const ENTRY_LIMIT = 200_000
const DEPTH_LIMIT = 64

/** The regular files of a directory, or the one file. */
export interface Listing {
  /** Absolute, real. */
  readonly root: string
  /** Relative to the root, in order of `compareNames`; `.` when the root is a file itself. */
  readonly paths: readonly string[]
  /** In the order of `paths`. */
  readonly files: readonly ListedFile[]
}

/**
 * Lists every file below `root`, with what identifies it.
 * @param ignore exact relative paths, left out with all below them
 * @param seen told the bytes of each file as it is found
 * @throws SluiceError HASH_UNREADABLE, HASH_NOT_A_FILE, HASH_NAME, HASH_NAME_COLLISION, HASH_TOO_MANY, HASH_EMPTY,
 *   HASH_CHANGED when a folder was exchanged for a link meanwhile
 */
export function listTree(given: string, ignore: readonly string[], seen?: (size: number) => void): Listing {
  const stat = identify(given)
  if (!stat.isFile() && !stat.isDirectory()) throw notAFile(basename(given))
  const root = realpathSync(given)
  if (stat.isFile()) return { root, paths: ['.'], files: [{ path: root, identity: identityOf(stat) }] }
  const left = new Set(ignore)
  const folded = new Map<string, string>()
  const found: { readonly name: string; readonly file: ListedFile }[] = []
  const folders = [{ path: '', depth: 0 }]
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    if (folder.depth > DEPTH_LIMIT) throw tooMany(`is nested more than ${DEPTH_LIMIT} deep`)
    const where = join(root, folder.path)
    for (const entry of read(where)) {
      const name = folder.path === '' ? entry.name : `${folder.path}/${entry.name}`
      if (left.has(name)) continue
      admit(name, folded)
      if (folded.size > ENTRY_LIMIT) throw tooMany(`holds more than ${ENTRY_LIMIT} entries`)
      if (entry.isDirectory()) folders.push({ path: name, depth: folder.depth + 1 })
      else if (entry.isFile()) {
        const file = listed(`${where}${sep}${entry.name}`, name)
        seen?.(Number(file.identity.size))
        found.push({ name, file })
      } else throw notAFile(name)
    }
    // Had the folder become a link, its files would be those of another place.
    if (realpathSync.native(where) !== where) throw changed(where)
  }
  if (found.length === 0) {
    throw new SluiceError('HASH_EMPTY', `There is no file to sign in ${basename(root)}.`, {
      remedy: 'Name the folder that holds the model, and check what is ignored.',
    })
  }
  found.sort((a, b) => compareNames(a.name, b.name))
  return {
    root,
    paths: found.map(({ name }) => name),
    files: found.map(({ file }) => file),
  }
}

/** A regular file, by its path. @throws SluiceError HASH_UNREADABLE, HASH_NOT_A_FILE */
export function listed(path: string, name: string): ListedFile {
  const stat = identify(path)
  if (!stat.isFile()) throw notAFile(name)
  return { path, identity: identityOf(stat) }
}

function identify(path: string): BigIntStats {
  try {
    return lstatSync(path, { bigint: true })
  } catch (cause) {
    throw unreadable(path, cause)
  }
}

function read(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
  } catch (cause) {
    throw unreadable(folder, cause)
  }
}

function admit(path: string, folded: Map<string, string>): void {
  // Node decodes bytes that are not UTF-8 to U+FFFD, so a name with it cannot be told from others.
  const fault = path.includes('\ufffd') ? 'is not Unicode' : pathFault(path)
  if (fault !== undefined) {
    throw new SluiceError('HASH_NAME', `The name ${JSON.stringify(path)} ${fault}.`, {
      remedy: 'Rename it: some system would read the name differently.',
    })
  }
  const fold = foldName(path)
  const other = folded.get(fold)
  if (other !== undefined) {
    throw new SluiceError(
      'HASH_NAME_COLLISION',
      `The names ${JSON.stringify(other)} and ${JSON.stringify(path)} are one on some file systems.`,
      { remedy: 'Rename one of them, so that they differ by more than case or composition.' },
    )
  }
  folded.set(fold, path)
}
