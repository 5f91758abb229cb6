import { SluiceError } from '@sluice/errors'
import {
  DEFAULT_IGNORES,
  type HashedTree,
  type Hashing,
  hashTree,
  SUBJECT_LIMIT,
  sha256Files,
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
  | { readonly kind: 'files'; readonly files: readonly { readonly name: string; readonly digest: string }[] }
  | { readonly kind: 'none' }

/** The inputs that name a target. */
export interface Named {
  readonly subject: string | undefined
  readonly path: string | undefined
  readonly files: readonly string[]
}

/**
 * Finds what is to be signed and takes its digest from its bytes.
 * @param ignore paths left out of a directory besides those that never are in
 * @param hashing how the signature of a directory lists it
 * @throws SluiceError SIGN_TARGETS, SIGN_FILES_NOT_FOUND, SIGN_FILES_TOO_MANY, OCI_*, HASH_*
 */
export async function findTarget(
  named: Named,
  ignore: readonly string[],
  hashing: Hashing,
  context: Context,
): Promise<Target> {
  const given = [named.subject !== undefined, named.path !== undefined, named.files.length > 0]
  if (given.filter(Boolean).length > 1) {
    throw new SluiceError('SIGN_TARGETS', '`subject`, `path` and `files` were given together.', {
      remedy: 'Give one of them; sign the others in steps of their own.',
    })
  }
  if (named.subject !== undefined) return findArtifact(named.subject, context)
  if (named.path !== undefined) {
    const root = await context.workspace.resolve(named.path)
    const tree = await hashTree(root, { ...hashing, ignore: [...DEFAULT_IGNORES, ...ignore] })
    return { kind: 'tree', name: tree.name, digest: tree.digest, tree }
  }
  return named.files.length > 0 ? findFiles(named.files, context) : { kind: 'none' }
}

async function findArtifact(subject: string, context: Context): Promise<Target> {
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

async function findFiles(patterns: readonly string[], context: Context): Promise<Target> {
  const paths = await context.workspace.glob(patterns)
  if (paths.length === 0) {
    throw new SluiceError('SIGN_FILES_NOT_FOUND', `No file matches ${patterns.join(', ').slice(0, 300)}.`, {
      remedy: 'Correct `files` or `working-directory`.',
    })
  }
  if (paths.length > SUBJECT_LIMIT) {
    throw new SluiceError(
      'SIGN_FILES_TOO_MANY',
      `${paths.length} files match; one statement names at most ${SUBJECT_LIMIT}.`,
      {
        remedy: 'Sign the folder with `path`, or in several steps.',
      },
    )
  }
  const digests = await sha256Files(await Promise.all(paths.map((path) => context.workspace.resolve(path))))
  const files = paths.map((name, index) => ({ name, digest: `sha256:${digests[index]?.sha256}` }))
  return { kind: 'files', files }
}

/** The subjects of a statement about the target. */
export function subjectsOf(target: Target): { readonly name: string; readonly digest: DigestSet }[] {
  const subjects = target.kind === 'files' ? target.files : target.kind === 'none' ? [] : [target]
  return subjects.map(({ name, digest }) => ({ name, digest: { sha256: digest.slice('sha256:'.length) } }))
}
