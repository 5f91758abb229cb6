import {
  type Descriptor,
  dockerCredentials,
  openRepository,
  parseReference,
  type Repository,
  selectManifest,
} from '@sluice/oci'
import type { Context } from '@sluice/toolkit'

/** What `image` names, with the repository that holds it. */
export interface NamedImage {
  readonly repository: Repository
  readonly top: Descriptor
}

/**
 * Opens the layout, archive or registry that `image` names, and finds the manifest in it.
 * @throws SluiceError OCI_REFERENCE_MALFORMED, OCI_NOT_FOUND and others of `oci`
 */
export async function openImage(image: string, context: Context): Promise<NamedImage> {
  const reference = parseReference(image)
  const repository = await openRepository(reference, {
    fetch: context.fetch,
    resolvePath: (path) => context.workspace.resolve(path),
    credentials: dockerCredentials({ variable: context.variable }),
  })
  return { repository, top: await selectManifest(repository, reference) }
}
