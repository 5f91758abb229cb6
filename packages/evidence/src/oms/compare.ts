import { ALGORITHMS, type Algorithm } from '../hash/file.js'
import { compareNames } from '../hash/path-name.js'
import { type HashedTree, resourcesOf } from '../hash/tree.js'
import { refusal } from '../refusal.js'
import { type ModelManifest, shardPath } from './manifest.js'

/** How a directory differs from what was signed; paths in order of their names. */
export interface ModelDifference {
  /** There, and not signed. */
  readonly extra: readonly string[]
  /** Signed, and not there. */
  readonly missing: readonly string[]
  /** There, with other bytes. */
  readonly changed: readonly string[]
}

/**
 * Compares a hashed directory with its manifest, file by file; a manifest by another hash or in shards has the
 * directory hashed so. What the signer ignored is not left out for that: only what was left out of `tree` is, which is
 * the reader's own choice.
 * @throws SluiceError EVIDENCE_UNSUPPORTED for BLAKE3; HASH_* as `hashTree`
 */
export async function compareModel(manifest: ModelManifest, tree: HashedTree): Promise<ModelDifference> {
  if (!Object.hasOwn(ALGORITHMS, manifest.hashType)) {
    throw refusal(
      'EVIDENCE_UNSUPPORTED',
      `The manifest is hashed with ${manifest.hashType}, which is not read here.`,
    )
  }
  const resources = await resourcesOf(tree, {
    algorithm: manifest.hashType as Algorithm,
    ...(manifest.shardSize === undefined ? {} : { shardSize: manifest.shardSize }),
  })
  const found = new Map(resources.map(({ name, digest }) => [name, digest]))
  const present = tree.files.map((file) => file.path)
  const single = present.length === 1 && present[0] === '.'
  const signed = new Map(
    manifest.resources.map(({ name, digest }) => [single ? alone(name, manifest) : name, digest]),
  )
  const path = (name: string) => (manifest.method === 'shards' ? shardPath(name) : name)
  const signedPaths = new Set([...signed.keys()].map(path))
  const there = new Set(present)
  const changed = new Set<string>()
  for (const [name, digest] of signed) if (found.get(name) !== digest) changed.add(path(name))
  for (const name of found.keys()) if (!signed.has(name)) changed.add(path(name))
  return {
    // An empty file has no shards, so the names themselves are compared too.
    extra: present.filter((file) => !signedPaths.has(file)),
    missing: [...signedPaths].filter((file) => !there.has(file)).sort(compareNames),
    changed: present.filter((file) => changed.has(file) && signedPaths.has(file)),
  }
}

/** Whether nothing differs. */
export function isUnchanged(difference: ModelDifference): boolean {
  return difference.extra.length + difference.missing.length + difference.changed.length === 0
}

/** A model of one file is named by its base name in the specification and by `.` in the reference. */
function alone(name: string, manifest: ModelManifest): string {
  return name === manifest.name
    ? '.'
    : name.startsWith(`${manifest.name}:`)
      ? `.${name.slice(manifest.name.length)}`
      : name
}
