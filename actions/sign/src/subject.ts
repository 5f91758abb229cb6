import { SluiceError } from '@sluice/errors'
import {
  DEFAULT_IGNORES,
  type HashedTree,
  type Hashing,
  hashTree,
  hashTreeForSigning,
  SUBJECT_LIMIT,
} from '@sluice/evidence'
import {
  dockerCredentials,
  formatReference,
  type Manifest,
  openRepository,
  parseReference,
  type Repository,
  selectManifest,
} from '@sluice/oci'
import type { Context } from '@sluice/toolkit'
import type { DigestSet } from '@sluice/verdict'
import { readDeclaredArtifacts } from './artifacts-list.js'
import { type FileSubject, findFiles, readChecksums } from './files.js'

/** What is signed: an artifact in a repository, a directory, files; or nothing but what statements are about. */
export type Target =
  | {
      readonly kind: 'artifact'
      readonly name: string
      readonly digest: string
      readonly repository: Repository
      readonly manifest: Manifest
    }
  | { readonly kind: 'tree'; readonly name: string; readonly digest: string; readonly tree: HashedTree }
  | { readonly kind: 'files'; readonly files: readonly FileSubject[] }
  | { readonly kind: 'none' }

/** The inputs that name a target. */
export interface Named {
  readonly subject: string | undefined
  readonly path: string | undefined
  readonly files: readonly string[]
  readonly checksums: string | undefined
  readonly statements: readonly string[]
  readonly artifacts: 'auto' | 'true' | 'false'
  readonly hashCache: string | undefined
}

/**
 * Finds what is to be signed and takes its digest from its bytes. What earlier steps declared counts only where
 * nothing is named: statements name their subjects themselves.
 * @param ignore paths left out of a directory besides those that never are in
 * @param hashing how the signature of a directory lists it
 * @throws SluiceError SIGN_TARGETS, SIGN_FILES_*, SIGN_CHECKSUMS*, SIGN_ARTIFACTS*, OCI_*, HASH_*
 */
export async function findTarget(
  named: Named,
  ignore: readonly string[],
  hashing: Hashing,
  context: Context,
): Promise<Target> {
  const { subject, path, files, checksums, statements, artifacts, hashCache } = named
  const given = [subject, path, files[0], checksums, artifacts === 'true' || undefined]
  if (given.filter((input) => input !== undefined).length > 1) {
    throw new SluiceError(
      'SIGN_TARGETS',
      'More than one of `subject`, `path`, `files`, `checksums` and `artifacts` was given.',
      { remedy: 'Give one of them; sign the others in steps of their own.' },
    )
  }
  if (subject !== undefined) return findArtifact(subject, context)
  if (path !== undefined) {
    const root = await context.workspace.resolve(path)
    // Only here: who verifies reads every byte.
    const options = { ...hashing, ignore: [...DEFAULT_IGNORES, ...ignore] }
    const tree = await (hashCache === undefined
      ? hashTree(root, options)
      : hashTreeForSigning(root, options, {
          path: await context.workspace.resolve(hashCache),
          warn: context.log.warning,
        }))
    return { kind: 'tree', name: tree.name, digest: tree.digest, tree }
  }
  if (files.length > 0) return { kind: 'files', files: await findFiles(files, context) }
  if (checksums !== undefined) return { kind: 'files', files: await readChecksums(checksums, context) }
  const declares = artifacts === 'true' || (artifacts === 'auto' && statements.length === 0)
  return declares ? findDeclared(named, context) : { kind: 'none' }
}

async function findArtifact(
  subject: string,
  context: Context,
): Promise<Extract<Target, { kind: 'artifact' }>> {
  const reference = parseReference(subject)
  const repository = await openRepository(reference, {
    fetch: context.fetch,
    resolvePath: (path) => context.workspace.resolve(path),
    credentials: dockerCredentials({ variable: context.variable }),
  })
  const { digest } = await selectManifest(repository, reference)
  // Reading the manifest compares its bytes with the digest, so that not the registry's word is signed.
  const manifest = await repository.manifest(digest)
  const { tag: _tag, digest: _digest, ...bare } = reference
  return { kind: 'artifact', name: formatReference(bare as typeof reference), digest, repository, manifest }
}

/**
 * What earlier steps declared: one image is signed as itself, so that its evidence hangs on it; anything else is a list
 * of subjects. Images must be where they are said to be.
 */
async function findDeclared(named: Named, context: Context): Promise<Target> {
  const declared = await readDeclaredArtifacts(context)
  const { files = [], images = [] } = declared ?? {}
  if (files.length + images.length === 0) {
    if (named.artifacts === 'auto') return { kind: 'none' }
    const why = declared === undefined ? 'keeps no list of them' : 'has none on its list'
    throw new SluiceError(
      'SIGN_ARTIFACTS_NONE',
      `Declared artifacts are to be signed, and the runner ${why}.`,
      {
        remedy: 'Let a step write to $GITHUB_ARTIFACTS, on a runner that has it, or name what is signed.',
      },
    )
  }
  const found: Extract<Target, { kind: 'artifact' }>[] = []
  for (const image of images) found.push(await findArtifact(image, context))
  const [only] = found
  if (only !== undefined && found.length === 1 && files.length === 0) return only
  return { kind: 'files', files: [...files, ...found.map(({ name, digest }) => ({ name, digest }))] }
}

/** The subjects of statements about the target, at most `SUBJECT_LIMIT` in each. */
export function subjectsOf(target: Target): { readonly name: string; readonly digest: DigestSet }[][] {
  const named = target.kind === 'files' ? target.files : target.kind === 'none' ? [] : [target]
  const subjects = named.map(({ name, digest }) => ({
    name,
    digest: { sha256: digest.slice('sha256:'.length) },
  }))
  return Array.from({ length: Math.ceil(subjects.length / SUBJECT_LIMIT) }, (_, index) =>
    subjects.slice(index * SUBJECT_LIMIT, (index + 1) * SUBJECT_LIMIT),
  )
}
