import { SluiceError } from '@sluice/errors'
import { parseReference, type Repository, selectManifest } from '@sluice/oci'
import { openAt, type Stage } from '@sluice/promotion'
import type { Context } from '@sluice/toolkit'
import type { Inputs } from './action.js'

/** The subject, resolved once; from here on only its digest counts. */
export interface Found {
  /** Where it is copied from. */
  readonly repository: Repository
  /** The model's, or that of the target where sluice.yaml names no model. */
  readonly name: string
  readonly digest: string
}

/**
 * Finds what `subject` names, and the repository to copy it from: `source`, else the one in `subject`, else the
 * target of the environment before.
 * @throws SluiceError PROMOTION_NO_SOURCE, PROMOTION_DIGEST, OCI_NOT_FOUND, OCI_REFERENCE_MALFORMED
 */
export async function findSubject(
  { subject, source }: Pick<Inputs, 'subject' | 'source'>,
  target: Stage,
  from: Stage | undefined,
  context: Context,
): Promise<Found> {
  const bare = /^sha(?:256|512):/.test(subject)
  const reference = bare ? undefined : parseReference(subject)
  const own = reference && (await openAt(reference, context))
  const repository = source === undefined ? (own ?? from?.repository) : await openAt(source, context)
  if (repository === undefined) {
    throw new SluiceError(
      'PROMOTION_NO_SOURCE',
      `\`${target.environment.name}\` is a first stage, and nothing says where ${subject} is.`,
      {
        remedy: 'Set `source` to the repository that holds it, or name the subject with its repository.',
      },
    )
  }
  const digest = own && reference ? (await selectManifest(own, reference)).digest : subject
  if (!/^sha256:[0-9a-f]{64}$/.test(digest)) {
    throw new SluiceError(
      'PROMOTION_DIGEST',
      `The subject is ${digest.slice(0, 200)}; expected sha256: and 64 hex digits.`,
      {
        remedy: 'Name the subject by its SHA-256 digest, or by a tag of a manifest that has one.',
      },
    )
  }
  // Read, not only looked for: the manifest's bytes are held against the digest.
  await repository.manifest(digest)
  return { repository, name: nameOf(target.environment.target), digest }
}

function nameOf(target: string): string {
  const parsed = parseReference(target)
  const path =
    parsed.kind === 'registry' ? parsed.repository : parsed.kind === 'layout' ? parsed.folder : parsed.file
  return path.split(/[/\\]/).filter(Boolean).at(-1) ?? path
}
