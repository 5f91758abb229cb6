import { SluiceError } from '@sluice/errors'
import type { Repository } from '@sluice/oci'
import { folderStore } from './folder.js'
import { type GitHubRepository, githubStore } from './github.js'
import { referrersStore } from './referrers.js'
import type { EvidenceStore, StoredBundle } from './store.js'

/** What opening a store by its name takes. */
export interface StoreDependencies {
  /** The absolute path of a folder that a person named. */
  resolve(folder: string): Promise<string>
  /** The repository that holds the subject; absent when the subject is not in one. */
  readonly repository?: Repository
  /** GitHub's API, and the repository of the workflow run; absent where there is neither. */
  readonly github?: Omit<GitHubRepository, 'repository'> & { readonly repository?: string | undefined }
}

/**
 * Opens a store by what a person wrote: `oci` is the referrers of the subject's own repository, `github` the
 * attestations of the run's repository, `github:<owner>/<name>` those of another; anything else is a folder.
 * @throws SluiceError STORE_NO_REPOSITORY, STORE_NO_GITHUB
 */
export async function openStore(spec: string, dependencies: StoreDependencies): Promise<EvidenceStore> {
  if (isGitHub(spec)) return openGitHub(spec, dependencies)
  if (isFolder(spec)) return folderStore(await dependencies.resolve(spec), spec)
  if (dependencies.repository === undefined) {
    throw new SluiceError('STORE_NO_REPOSITORY', 'The subject is in no registry, so it has no referrers.', {
      remedy: 'Name the subject as `registry/repository@sha256:…`, or a folder as `store`.',
    })
  }
  return referrersStore(dependencies.repository)
}

/** Whether a store, as a person wrote it, is a folder. */
export function isFolder(spec: string): boolean {
  return spec !== 'oci' && !isGitHub(spec)
}

function isGitHub(spec: string): boolean {
  return spec === 'github' || spec.startsWith('github:')
}

function openGitHub(spec: string, { github }: StoreDependencies): EvidenceStore {
  const repository = spec === 'github' ? github?.repository : spec.slice('github:'.length)
  // Names of GitHub's owners and repositories; nothing else gets into the path of a request.
  if (github === undefined || !/^[\w-]+\/(?!\.{1,2}$)[\w.-]+$/.test(repository ?? '')) {
    throw new SluiceError(
      'STORE_NO_GITHUB',
      `The store \`${spec.slice(0, 200)}\` names no repository at GitHub.`,
      {
        remedy: 'Write `github:<owner>/<name>`; `github` alone is the repository of a workflow run.',
      },
    )
  }
  return githubStore({ ...github, repository: repository ?? '' })
}

/** Several stores as one: puts go to each, lists come from all, each bundle once. */
export function combinedStore(stores: readonly EvidenceStore[]): EvidenceStore {
  return {
    name: stores.map((store) => store.name).join(' and '),
    async put(subject, bundle) {
      const stored: StoredBundle[] = []
      for (const store of stores) stored.push(await store.put(subject, bundle))
      const [first] = stored
      if (first === undefined) {
        throw new SluiceError('STORE_NONE', 'There is no store to put evidence into.', {
          remedy: 'Name at least one `store`.',
        })
      }
      return { ...first, location: stored.map(({ location }) => location).join(', ') }
    },
    async list(subject) {
      const found = new Map<string, StoredBundle>()
      for (const store of stores) {
        for (const bundle of await store.list(subject))
          if (!found.has(bundle.digest)) found.set(bundle.digest, bundle)
      }
      return [...found.values()]
    },
  }
}
