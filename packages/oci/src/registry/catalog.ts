import type { Digest } from '../digest.js'
import { RegistryFault } from './answer.js'
import type { RepositoryState, Storage } from './storage.js'

/** What every repository lists, kept in memory and saved on each change. */
export class Catalog {
  readonly storage: Storage
  readonly #states: Map<string, RepositoryState>
  #saving: Promise<void> = Promise.resolve()

  constructor(storage: Storage, states: Map<string, RepositoryState>) {
    this.storage = storage
    this.#states = states
  }

  find(name: string): RepositoryState | undefined {
    return this.#states.get(name)
  }

  /** @throws RegistryFault 404 NAME_UNKNOWN */
  get(name: string): RepositoryState {
    const state = this.#states.get(name)
    if (state === undefined) throw new RegistryFault(404, 'NAME_UNKNOWN', 'No such repository.')
    return state
  }

  hasBlob(name: string, digest: string): boolean {
    const state = this.#states.get(name)
    return state !== undefined && (state.blobs.has(digest) || state.manifests.has(digest))
  }

  /** Changes a repository, which begins to exist with its first change, and saves it. */
  async change(name: string, edit: (state: RepositoryState) => void): Promise<void> {
    const state = this.#states.get(name) ?? { blobs: new Set(), manifests: new Map(), tags: new Map() }
    edit(state)
    this.#states.set(name, state)
    const saved = this.#saving.then(() => this.storage.save(name, state))
    this.#saving = saved.catch(() => undefined)
    await saved
  }

  async addBlob(name: string, digest: Digest): Promise<void> {
    await this.change(name, (state) => {
      state.blobs.add(digest)
    })
  }

  /** Deletes bytes that no repository lists any more. */
  async sweep(digest: Digest): Promise<void> {
    const held = [...this.#states.keys()].some((name) => this.hasBlob(name, digest))
    if (!held) await this.storage.remove(digest)
  }
}
