import { SluiceError } from '@sluice/errors'
import type { Repository } from '@sluice/oci'

/**
 * Lets a tag name a manifest that the repository holds already, and reads it back. Registries have no conditional
 * writes, so a tag that is not what the caller saw before is left alone.
 * @param expected the digest that the tag was seen to name; undefined for none
 * @throws SluiceError PROMOTION_TAG_MOVED when somebody else moves the tag at the same time
 */
export async function moveTag(
  repository: Repository,
  tag: string,
  digest: string,
  expected: string | undefined,
): Promise<void> {
  const before = (await repository.resolve(tag))?.digest
  if (before === digest) return
  if (before !== expected) throw moved(repository, tag, before, expected ?? 'nothing')
  const { bytes, descriptor } = await repository.manifest(digest)
  await repository.putManifest(bytes, descriptor.mediaType, tag)
  const after = (await repository.resolve(tag))?.digest
  if (after !== digest) throw moved(repository, tag, after, digest)
}

function moved(
  repository: Repository,
  tag: string,
  found: string | undefined,
  expected: string,
): SluiceError {
  return new SluiceError(
    'PROMOTION_TAG_MOVED',
    `The tag ${tag} of ${repository.name} names ${found ?? 'nothing'}; expected ${expected}. Somebody else moves it.`,
    {
      kind: 'surroundings',
      remedy:
        'Let only one run write the tag (a `concurrency` group), then run it again: it is safe to repeat.',
    },
  )
}
