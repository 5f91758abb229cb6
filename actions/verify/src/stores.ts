import {
  BUNDLE_LIMIT,
  combinedStore,
  type EvidenceStore,
  openStore,
  type StoredBundle,
} from '@sluice/evidence'
import { digestOf, type Repository } from '@sluice/oci'
import { type Context, githubApi } from '@sluice/toolkit'
import type { Inputs } from './action.js'

/** Where evidence is looked for, as written or by default. */
export function storeSpecs(inputs: Inputs, inRepository: boolean): readonly string[] {
  return inputs.store.length > 0 ? inputs.store : [inRepository ? 'oci' : '.sluice/evidence']
}

/** Opens the stores as one. @throws SluiceError STORE_NO_REPOSITORY, PATH_OUTSIDE_WORKSPACE */
export async function openStores(
  inputs: Inputs,
  repository: Repository | undefined,
  context: Context,
): Promise<EvidenceStore> {
  const specs = storeSpecs(inputs, repository !== undefined)
  const dependencies = {
    resolve: (folder: string) => context.workspace.resolve(folder),
    github: githubApi(context, inputs.githubToken),
    ...(repository === undefined ? {} : { repository }),
  }
  return combinedStore(await Promise.all(specs.map((spec) => openStore(spec, dependencies))))
}

/** Bundles that were named one by one. @throws SluiceError FILE_NOT_FOUND, FILE_TOO_LARGE */
export async function readBundles(paths: readonly string[], context: Context): Promise<StoredBundle[]> {
  return Promise.all(
    paths.map(async (path) => {
      const bytes = await context.workspace.read(path, BUNDLE_LIMIT)
      return { bytes, digest: digestOf(bytes), location: path }
    }),
  )
}
