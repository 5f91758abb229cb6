import { isSluiceError } from '@sluice/errors'
import {
  bundlesNaming,
  DEFAULT_IGNORES,
  type EvidenceStore,
  type HashedTree,
  hashTree,
  isFolder,
  loadableIgnored,
  rootDigest,
  type StoredBundle,
} from '@sluice/evidence'
import type { Context } from '@sluice/toolkit'
import type { Finding } from '@sluice/verdict'
import type { Inputs } from './action.js'
import { loadableFinding, refusalFinding } from './findings.js'

/** What decides against a directory by itself, before any signature is looked at. */
const UNFIT = ['HASH_NOT_A_FILE', 'HASH_NAME', 'HASH_NAME_COLLISION', 'HASH_TOO_MANY', 'HASH_EMPTY']

/** A directory as it is, or why it cannot be what was signed. @throws SluiceError HASH_UNREADABLE, HASH_CHANGED */
export async function readTree(
  root: string,
  path: string,
  ignore: readonly string[],
): Promise<HashedTree | Finding> {
  try {
    return await hashTree(root, { ignore })
  } catch (error) {
    if (!isSluiceError(error) || !UNFIT.includes(error.code)) throw error
    return refusalFinding(error, path, 'directory')
  }
}

/** Paths that may be in a directory unsigned. */
export function ignoredPaths(configured: readonly string[], inputs: Inputs): string[] {
  return [...DEFAULT_IGNORES, ...configured, ...inputs.ignore]
}

/** A warning of what lies unsigned in ignored paths and may be run or loaded; none for a single file. */
export function ignoredFindings(tree: HashedTree, path: string): Finding[] {
  if (tree.files.some((file) => file.path === '.')) return []
  const { paths, more } = loadableIgnored(tree.root, tree.ignored)
  return paths.length > 0 || more ? [loadableFinding(paths, more, path)] : []
}

/** Where a signature of the directory may be; folders are searched by its name too, to tell what changed since. */
export async function modelCandidates(
  tree: HashedTree,
  store: EvidenceStore,
  folders: readonly string[],
  given: readonly StoredBundle[],
  context: Context,
): Promise<StoredBundle[]> {
  const root = rootDigest(tree.files.map(({ sha256 }) => ({ digest: sha256 })))
  const found = [...given, ...(await store.list(tree.digest)), ...(await store.list(root))]
  if (found.length === 0) {
    for (const folder of folders.filter(isFolder))
      found.push(...(await bundlesNaming(await context.workspace.resolve(folder), tree.name, folder)))
  }
  return [...new Map(found.map((bundle) => [bundle.digest, bundle])).values()]
}
