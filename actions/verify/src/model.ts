import { isSluiceError, SluiceError } from '@sluice/errors'
import {
  bundlesNaming,
  DEFAULT_IGNORES,
  type EvidenceStore,
  type HashedTree,
  hashTree,
  isFolder,
  isUnchanged,
  OMS_TYPE,
  rootDigest,
  type StoredBundle,
  type VerifiedModel,
  verifyModel,
} from '@sluice/evidence'
import type { Context } from '@sluice/toolkit'
import type { Finding } from '@sluice/verdict'
import type { Inputs } from './action.js'
import type { Demand, Held } from './evidence.js'
import { differenceFindings, refusalFinding } from './findings.js'

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

export interface ModelVerdict {
  readonly findings: readonly Finding[]
  /** The evidence that held; none when there are findings. */
  readonly held: readonly Held[]
}

/**
 * Whether one of the signatures is of the directory as it is. When none is, the findings tell how it differs from the
 * nearest that is genuine, else why the nearest is not.
 */
export async function judgeModel(
  tree: HashedTree,
  path: string,
  candidates: readonly StoredBundle[],
  demand: Demand,
): Promise<ModelVerdict> {
  const differing: VerifiedModel[] = []
  const refused: SluiceError[] = []
  for (const { bytes, location } of candidates) {
    try {
      const model = await verifyModel(bytes, tree, demand)
      if (isUnchanged(model.difference)) return { findings: [], held: [{ ...model.evidence, location }] }
      differing.push(model)
    } catch (error) {
      if (!isSluiceError(error) || error.kind !== 'refused') throw error
      refused.push(error)
    }
  }
  const nearest = differing.sort((a, b) => size(a) - size(b))[0]
  if (nearest) return { findings: differenceFindings(nearest.difference, path), held: [] }
  const why = refused.find((error) => error.code !== 'EVIDENCE_PREDICATE_TYPE')
  return { findings: [refusalFinding(why ?? none(path), path, OMS_TYPE)], held: [] }
}

function size({ difference }: VerifiedModel): number {
  return difference.extra.length + difference.missing.length + difference.changed.length
}

function none(path: string): SluiceError {
  return new SluiceError('EVIDENCE_NONE', `There is no signature of ${path}.`, {
    remedy: 'Sign it with `sign`, or name the store or bundle that holds its signature.',
    kind: 'refused',
  })
}
