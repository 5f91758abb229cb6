import { resolve } from 'node:path'
import type { Repository } from '../content.js'
import { StoreRepository } from '../store/store-repository.js'
import { LayoutStore } from './layout-store.js'

/**
 * The OCI layout in `folder`, made on the first write when it does not exist.
 * @param name how errors and reports call it; `oci:<folder>` by default
 */
export function openLayout(
  folder: string,
  name?: string,
): Repository & Required<Pick<Repository, 'deleteManifest' | 'roots'>> {
  return new StoreRepository(new LayoutStore(resolve(folder), name))
}
