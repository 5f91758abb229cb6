import { createHash } from 'node:crypto'
import { basename } from 'node:path'
import { SluiceError } from '@sluice/errors'
import type { Algorithm } from './algorithm.js'
import { isSame } from './identity.js'
import { type Listing, listTree } from './list.js'
import { compareNames } from './path-name.js'
import { type FileDigests, HashPool } from './pool.js'

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
  /** How many threads at most, at least 1; by default one a core, and none where that is sooner. */
  readonly workers?: number
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
 *   HASH_TOO_MANY, HASH_EMPTY, HASH_CHANGED, HASH_WORKER
 */
export async function hashTree(root: string, options: HashOptions = {}): Promise<HashedTree> {
  await using pool = new HashPool(options.workers)
  const listing = listTree(root, options.ignore ?? DEFAULT_IGNORES, (size) => pool.expect(size))
  return treeOf(listing, options, await pool.hash(listing.files, hashingOf(options)))
}

/** The hashing that options ask for. */
export function hashingOf({ algorithm = 'sha256', shardSize }: HashOptions): Hashing {
  return { algorithm, ...(shardSize === undefined ? {} : { shardSize }) }
}

/** What was listed when a tree was hashed. Kept beside it, so that no tree but one of this process has it. */
const LISTINGS = new WeakMap<HashedTree, Listing>()

/** Puts a tree together. @param digests in the order of the files listed */
export function treeOf(
  listing: Listing,
  options: HashOptions,
  digests: readonly Pick<FileDigests, 'sha256' | 'ranges'>[],
): HashedTree {
  const hashing = hashingOf(options)
  const files = listing.paths.map((path, index) => ({
    path,
    sha256: digests[index]?.sha256 ?? '',
    size: Number(listing.files[index]?.identity.size),
  }))
  const tree = {
    name: basename(listing.root),
    root: listing.root,
    files,
    ignored: [...(options.ignore ?? DEFAULT_IGNORES)],
    digest: treeDigest(files),
    hashing,
    resources: isWhole(hashing) ? wholeResources(files) : rangedResources(listing, hashing, digests),
  }
  LISTINGS.set(tree, listing)
  return tree
}

/**
 * Holds that a tree which this process hashed is still there as it was: the same names, and under each the same file,
 * unwritten. No file is read, so that a digest may be handed on within a process however large the tree.
 * @throws SluiceError HASH_CHANGED; others as `listTree`
 */
export function requireUnchanged(tree: HashedTree): void {
  const before = LISTINGS.get(tree)
  const now = listTree(tree.root, tree.ignored)
  const same =
    before?.files.length === now.files.length &&
    before.files.every((file, index) => {
      const other = now.files[index]
      return other !== undefined && file.path === other.path && isSame(file.identity, other.identity)
    })
  if (!same) throw changedSince(tree)
}

function changedSince({ name }: HashedTree): SluiceError {
  return new SluiceError('HASH_CHANGED', `${name} changed after it was hashed.`, {
    remedy: 'Run again once nothing writes to it.',
    kind: 'surroundings',
  })
}

/** Whether each file has its one SHA-256, which a tree holds in any case. */
export function isWhole({ algorithm, shardSize }: Hashing): boolean {
  return algorithm === 'sha256' && shardSize === undefined
}

function wholeResources(files: readonly HashedFile[]): HashedResource[] {
  return files.map(({ path, sha256 }) => ({ name: path, digest: sha256 }))
}

function rangedResources(
  { paths }: Listing,
  { shardSize }: Hashing,
  digests: readonly Pick<FileDigests, 'ranges'>[],
): HashedResource[] {
  return paths
    .flatMap((path, index) =>
      (digests[index]?.ranges ?? []).map(({ start, end, digest }) => ({
        name: shardSize === undefined ? path : `${path}:${start}:${end}`,
        digest,
      })),
    )
    .sort((a, b) => compareNames(a.name, b.name))
}

/**
 * The resources of a hashed tree by another hash or in other shards. What the tree already knows is not hashed again;
 * what must be is held against the tree, so that both speak of the same bytes.
 * @throws SluiceError HASH_CHANGED when the tree is no longer what it was; others as `hashTree`
 */
export async function resourcesOf(tree: HashedTree, hashing: Hashing): Promise<readonly HashedResource[]> {
  const { algorithm, shardSize } = hashing
  if (algorithm === tree.hashing.algorithm && shardSize === tree.hashing.shardSize) return tree.resources
  if (isWhole(hashing)) return wholeResources(tree.files)
  const again = await hashTree(tree.root, { ...hashing, ignore: tree.ignored })
  if (again.digest !== tree.digest) throw changedSince(tree)
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
