import { createHash } from 'node:crypto'
import { type Dirent, lstatSync, readdirSync, realpathSync } from 'node:fs'
import { basename, join } from 'node:path'
import { SluiceError } from '@sluice/errors'
import { type Algorithm, hashFile, sha256File } from './file.js'
import { compareNames, foldName, pathFault } from './path-name.js'

const ENTRY_LIMIT = 200_000
const DEPTH_LIMIT = 64

/** What the OMS reference leaves out at the top of a model, and its signature (model_signing 1.1). */
export const DEFAULT_IGNORES = ['.git', '.gitattributes', '.github', '.gitignore', 'model.sig']

export interface HashedFile {
  /** Relative to the root, with `/`; `.` when the root is itself a file. */
  readonly path: string
  readonly sha256: string
  /** Bytes. */
  readonly size: number
}

/** How a tree is hashed besides the SHA-256 of each file. */
export interface Hashing {
  readonly algorithm: Algorithm
  /** Bytes; without it each file is hashed whole. */
  readonly shardSize?: number
}

export interface HashOptions extends Partial<Hashing> {
  /** Exact relative paths, left out with all below them; no patterns. `DEFAULT_IGNORES` by default. */
  readonly ignore?: readonly string[]
}

/** What OMS lists: a file, or a shard of one as `path:start:end`, by the digest that was asked for. */
export interface HashedResource {
  readonly name: string
  /** Lower-case hex. */
  readonly digest: string
}

/** A hashed directory or file. */
export interface HashedTree {
  /** Base name of the root. */
  readonly name: string
  /** Absolute, real. */
  readonly root: string
  /** In order of `compareNames`. */
  readonly files: readonly HashedFile[]
  /** Left out, as they were asked for. */
  readonly ignored: readonly string[]
  /** `sha256:<hex>`; see `treeDigest`. */
  readonly digest: string
  /** What `resources` were hashed with. */
  readonly hashing: Hashing
  /** In order of `compareNames`; an empty file has no shards. */
  readonly resources: readonly HashedResource[]
}

/**
 * Hashes every file below `root`.
 * @param root absolute path of a directory or a file
 * @throws SluiceError HASH_UNREADABLE, HASH_NOT_A_FILE (links and special files), HASH_NAME, HASH_NAME_COLLISION,
 *   HASH_TOO_MANY, HASH_EMPTY, HASH_CHANGED
 */
export async function hashTree(root: string, options: HashOptions = {}): Promise<HashedTree> {
  const { ignore = DEFAULT_IGNORES, algorithm = 'sha256', shardSize } = options
  const hashing = { algorithm, ...(shardSize === undefined ? {} : { shardSize }) }
  const paths = listTree(root, ignore)
  const files = paths.map((path) => ({ path, ...sha256File(absolute(root, path)) }))
  const resources = paths.flatMap((path) =>
    hashFile(absolute(root, path), algorithm, shardSize).map(({ start, end, digest }) => ({
      name: shardSize === undefined ? path : `${path}:${start}:${end}`,
      digest,
    })),
  )
  return {
    name: basename(realpathSync(root)),
    root,
    files,
    ignored: [...ignore],
    digest: treeDigest(files),
    hashing,
    resources: resources.sort((a, b) => compareNames(a.name, b.name)),
  }
}

/**
 * The resources of a hashed tree by another hash or in other shards. What the tree already knows is not hashed again;
 * what must be is held against the tree, so that both speak of the same bytes.
 * @throws SluiceError HASH_CHANGED when the tree is no longer what it was; others as `hashTree`
 */
export async function resourcesOf(tree: HashedTree, hashing: Hashing): Promise<readonly HashedResource[]> {
  const { algorithm, shardSize } = hashing
  if (algorithm === tree.hashing.algorithm && shardSize === tree.hashing.shardSize) return tree.resources
  if (algorithm === 'sha256' && shardSize === undefined)
    return tree.files.map(({ path, sha256 }) => ({ name: path, digest: sha256 }))
  const again = await hashTree(tree.root, { ...hashing, ignore: tree.ignored })
  if (again.digest !== tree.digest) {
    throw new SluiceError('HASH_CHANGED', `${tree.name} changed after it was hashed.`, {
      remedy: 'Run again once nothing writes to it.',
      kind: 'surroundings',
    })
  }
  return again.resources
}

/**
 * A digest that commits to names and contents, unlike the root of OMS, which commits to contents in order only:
 * SHA-256 of the lines `<sha256>  <path>\n` in order of their names, as `sha256sum` prints them. With plain names:
 * `find . -type f -printf '%P\0' | LC_ALL=C sort -z | xargs -0 sha256sum | sha256sum`.
 * @returns `sha256:<hex>`
 */
export function treeDigest(files: readonly { readonly path: string; readonly sha256: string }[]): string {
  const hash = createHash('sha256')
  for (const file of [...files].sort((a, b) => compareNames(a.path, b.path))) {
    hash.update(`${file.sha256}  ${file.path}\n`)
  }
  return `sha256:${hash.digest('hex')}`
}

/** Paths of the regular files below `root`, in order; `['.']` when it is a file itself. */
export function listTree(root: string, ignore: readonly string[]): string[] {
  const stat = lstatSync(root, { throwIfNoEntry: false })
  if (stat === undefined) throw unreadable(root)
  if (stat.isFile()) return ['.']
  if (!stat.isDirectory()) throw irregular('.')
  const left = new Set(ignore)
  const folded = new Map<string, string>()
  const found: string[] = []
  const folders = [{ path: '', depth: 0 }]
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    if (folder.depth > DEPTH_LIMIT) throw tooMany(`is nested more than ${DEPTH_LIMIT} deep`)
    for (const entry of read(root, folder.path)) {
      const path = folder.path === '' ? entry.name : `${folder.path}/${entry.name}`
      if (left.has(path)) continue
      admit(path, folded)
      if (folded.size > ENTRY_LIMIT) throw tooMany(`holds more than ${ENTRY_LIMIT} entries`)
      if (entry.isDirectory()) folders.push({ path, depth: folder.depth + 1 })
      else if (entry.isFile()) found.push(path)
      else throw irregular(path)
    }
  }
  if (found.length === 0) {
    throw new SluiceError('HASH_EMPTY', `There is no file to sign in ${basename(root)}.`, {
      remedy: 'Name the folder that holds the model, and check what is ignored.',
    })
  }
  return found.sort(compareNames)
}

function absolute(root: string, path: string): string {
  return path === '.' ? root : join(root, path)
}

function read(root: string, folder: string): Dirent[] {
  try {
    return readdirSync(join(root, folder), { withFileTypes: true })
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

function irregular(path: string): SluiceError {
  return new SluiceError(
    'HASH_NOT_A_FILE',
    `${path} is a link or a special file; only files and folders are signed.`,
    {
      remedy: 'Replace the link by what it points to, or name it in `ignore`.',
    },
  )
}

function unreadable(path: string, cause?: unknown): SluiceError {
  return new SluiceError('HASH_UNREADABLE', `${path} cannot be read.`, {
    remedy: 'Check that it exists and may be read.',
    cause,
  })
}

function tooMany(how: string): SluiceError {
  return new SluiceError('HASH_TOO_MANY', `The folder ${how}.`, {
    remedy: 'Name the folder of the model alone.',
  })
}
