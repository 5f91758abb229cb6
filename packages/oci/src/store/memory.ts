import type { Repository } from '../content.js'
import { MemoryStore } from './memory-store.js'
import { StoreRepository } from './store-repository.js'

/** An empty repository in memory. */
export function memoryRepository(
  name?: string,
): Repository & Required<Pick<Repository, 'deleteManifest' | 'roots'>> {
  return new StoreRepository(new MemoryStore(name))
}
