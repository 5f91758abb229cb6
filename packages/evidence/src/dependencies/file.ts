import { closeSync, constants, openSync, readSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { SluiceError } from '@sluice/errors'
import { type HashedTree, hashTree } from '../hash/tree.js'
import { compareModel } from '../oms/compare.js'
import { type ModelManifest, rootDigest } from '../oms/manifest.js'
import type { DeclaredFile } from './declaration.js'
import { type SignatureRecord, verifyOwnSignature } from './signature.js'
import type { DependencySources } from './sources.js'

/** A pointer of Git LFS is smaller than this (git-lfs docs/spec.md). */
const POINTER_LIMIT = 1024
const POINTER = /^version https:\/\/git-lfs\.github\.com\/spec\/v1\n(?:[^\n]*\n)*?oid sha256:([0-9a-f]{64})\n/

/** A file or folder as it is now. */
export interface FoundFile {
  /** `sha256:<hex>` of the file, or of the folder's names and contents. */
  readonly digest: string
  /** Hex; of a folder only: the root that OpenSSF Model Signing gives it. */
  readonly omsRoot?: string
  /** `pointer`: the file stands in for another in Git LFS, which is what the digest names. */
  readonly checked: 'hashed' | 'pointer'
  readonly signature?: SignatureRecord
}

/**
 * Hashes a declared file or folder, and holds it against the digest and the signature that are declared.
 * @throws SluiceError SIGN_DEPENDENCY_MISSING, SIGN_DEPENDENCY_CHANGED, HASH_*, EVIDENCE_*
 */
export async function findFile(declared: DeclaredFile, sources: DependencySources): Promise<FoundFile> {
  const { path, role, signature } = declared
  const absolute = await sources.resolve(path)
  const stat = statSync(absolute, { throwIfNoEntry: false })
  if (stat === undefined) {
    throw new SluiceError('SIGN_DEPENDENCY_MISSING', `The ${role} \`${path}\` is declared and not there.`, {
      remedy: 'Correct `signing.dependencies`, or fetch it before signing.',
    })
  }
  const tree = await hashTree(absolute)
  const pointer = stat.isDirectory() ? undefined : pointedTo(absolute, stat.size)
  if (stat.isDirectory()) requireFetched(tree, declared)
  const digest = pointer ?? (stat.isDirectory() ? tree.digest : `sha256:${onlyFile(tree)}`)
  if (declared.digest !== undefined && declared.digest !== digest) {
    throw new SluiceError(
      'SIGN_DEPENDENCY_CHANGED',
      `The ${role} \`${path}\` is ${digest}; declared is ${declared.digest}.`,
      { remedy: 'Fetch what is declared, or declare what was used.', kind: 'refused' },
    )
  }
  const beside = stat.isDirectory() ? { beside: { bundle: join(path, 'model.sig') } } : {}
  return {
    digest,
    checked: pointer === undefined ? 'hashed' : 'pointer',
    ...(stat.isDirectory()
      ? { omsRoot: rootDigest(tree.files.map((file) => ({ digest: file.sha256 }))).slice('sha256:'.length) }
      : {}),
    ...(signature === undefined
      ? {}
      : {
          signature: await verifyOwnSignature(
            // A pointer has not the bytes that a manifest could be compared with.
            {
              digest,
              ...(pointer === undefined
                ? { compare: (manifest: ModelManifest) => compareModel(manifest, tree) }
                : {}),
              ...beside,
            },
            signature,
            sources,
          ),
        }),
  }
}

function onlyFile(tree: HashedTree): string {
  return tree.files[0]?.sha256 ?? ''
}

/** A folder is what its files hold, so one with files that stand in for others is not there yet. */
function requireFetched(tree: HashedTree, { path, role }: DeclaredFile): void {
  const unfetched = tree.files.find((file) => pointedTo(join(tree.root, file.path), file.size) !== undefined)
  if (unfetched === undefined) return
  throw new SluiceError(
    'SIGN_DEPENDENCY_MISSING',
    `The ${role} \`${path}\` holds ${JSON.stringify(unfetched.path)}, which Git LFS has not fetched.`,
    { remedy: 'Check out with `lfs: true`, or run `git lfs pull` before signing.' },
  )
}

/** What a file of Git LFS that was not fetched stands for, `sha256:<hex>`. */
function pointedTo(file: string, size: number): string | undefined {
  if (size >= POINTER_LIMIT) return undefined
  const descriptor = openSync(file, constants.O_RDONLY | constants.O_NOFOLLOW)
  try {
    const buffer = Buffer.alloc(POINTER_LIMIT)
    const text = buffer.toString('utf8', 0, readSync(descriptor, buffer, 0, POINTER_LIMIT, 0))
    const oid = POINTER.exec(text)?.[1]
    return oid === undefined ? undefined : `sha256:${oid}`
  } finally {
    closeSync(descriptor)
  }
}
