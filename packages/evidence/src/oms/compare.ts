import { compareNames } from '../hash/path-name.js'
import { type HashedTree, resourcesOf } from '../hash/tree.js'
import type { ModelManifest } from './manifest.js'
import { parseShard } from './shard.js'

/** A range of a file in bytes; `end` is exclusive. */
export interface ByteRange {
  readonly start: number
  readonly end: number
}

/** How a directory differs from what was signed; paths in order of their names. */
export interface ModelDifference {
  /** There, and not signed. */
  readonly extra: readonly string[]
  /** Of `extra`, empty files that shards are silent about: whether they were there when it was signed is not known. */
  readonly uncovered: readonly string[]
  /** Signed, and not there. */
  readonly missing: readonly string[]
  /** There, with other bytes. */
  readonly changed: readonly string[]
  /** Where files that were signed in shards differ, in order; of changed files only. */
  readonly ranges: ReadonlyMap<string, readonly ByteRange[]>
}

/** What is there: files by their names, and what a manifest would list of them. */
export interface PresentModel {
  readonly paths: readonly string[]
  readonly emptyFiles: readonly string[]
  readonly resources: readonly { readonly name: string; readonly digest: string }[]
}

/**
 * Compares a hashed directory with its manifest, file by file; a manifest by another hash or in shards has the
 * directory hashed so. What the signer ignored is not left out for that: only what was left out of `tree` is, which is
 * the reader's own choice.
 * @throws SluiceError HASH_* as `hashTree`
 */
export async function compareModel(manifest: ModelManifest, tree: HashedTree): Promise<ModelDifference> {
  const { shardSize } = manifest
  const resources = await resourcesOf(tree, {
    algorithm: manifest.hashType,
    ...(shardSize === undefined ? {} : { shardSize }),
  })
  const paths = tree.files.map((file) => file.path)
  const emptyFiles = tree.files.filter(({ size }) => size === 0).map(({ path }) => path)
  const single = paths.length === 1 && paths[0] === '.'
  return difference(single ? alone(manifest) : manifest, { paths, emptyFiles, resources })
}

/** Compares names and digests; neither file nor network is read. */
export function difference(manifest: ModelManifest, there: PresentModel): ModelDifference {
  const sharded = manifest.method === 'shards'
  const found = new Map(there.resources.map(({ name, digest }) => [name, digest]))
  const signed = new Map(manifest.resources.map(({ name, digest }) => [name, digest]))
  const pathOf = (name: string) => (sharded ? parseShard(name).path : name)
  const present = new Set(there.paths)
  const empty = new Set(there.emptyFiles)
  // An empty file has no shards: it counts as signed only where the manifest names it.
  const signedPaths = new Set([...[...signed.keys()].map(pathOf), ...manifest.emptyFiles])
  const changed = new Set(manifest.emptyFiles.filter((path) => present.has(path) && !empty.has(path)))
  const ranges = new Map<string, ByteRange[]>()
  for (const name of new Set([...signed.keys(), ...found.keys()])) {
    if (signed.get(name) === found.get(name)) continue
    const path = pathOf(name)
    if (!present.has(path) || !signedPaths.has(path)) continue
    changed.add(path)
    if (!sharded) continue
    const { start, end } = parseShard(name)
    ranges.set(path, [...(ranges.get(path) ?? []), { start, end }])
  }
  for (const [path, found] of ranges) ranges.set(path, merged(found))
  const extra = there.paths.filter((path) => !signedPaths.has(path))
  return {
    extra,
    uncovered: sharded ? extra.filter((path) => empty.has(path)) : [],
    missing: [...signedPaths].filter((path) => !present.has(path)).sort(compareNames),
    changed: [...changed].sort(compareNames),
    ranges,
  }
}

/** Whether nothing differs. */
export function isUnchanged({ extra, missing, changed }: ModelDifference): boolean {
  return extra.length + missing.length + changed.length === 0
}

/** A model of one file is named by its base name in the specification and by `.` in the reference. */
function alone(manifest: ModelManifest): ModelManifest {
  const { name: model } = manifest
  const rename = (name: string) =>
    name === model || (manifest.method === 'shards' && name.startsWith(`${model}:`))
      ? `.${name.slice(model.length)}`
      : name
  return {
    ...manifest,
    resources: manifest.resources.map(({ name, digest }) => ({ name: rename(name), digest })),
    emptyFiles: manifest.emptyFiles.map(rename),
  }
}

/** Ranges in order, those that touch or overlap as one: a shorter last shard is a prefix of the one that was signed. */
function merged(ranges: readonly ByteRange[]): ByteRange[] {
  const joined: ByteRange[] = []
  for (const range of [...ranges].sort((a, b) => a.start - b.start || a.end - b.end)) {
    const last = joined.at(-1)
    if (last !== undefined && range.start <= last.end)
      joined[joined.length - 1] = { start: last.start, end: Math.max(last.end, range.end) }
    else joined.push(range)
  }
  return joined
}
