import type { SignedBy } from '@sluice/evidence'
import {
  dockerCredentials,
  type Fetch,
  openRepository,
  parseReference,
  type Reference,
  type Repository,
} from '@sluice/oci'
import type { NamedEnvironment } from './environment.js'
import { folderLedger } from './ledger/folder.js'
import { repositoryLedger } from './ledger/repository.js'
import type { LedgerStore } from './ledger/store.js'
import { resolveSigners, type TrustEdge, type TrustSource } from './policy/trust.js'

/** What opening an environment takes of its surroundings; the toolkit's context has all of it. */
export interface Edge {
  readonly workspace: TrustSource & { resolve(path: string): Promise<string> }
  readonly fetch: Fetch
  variable(name: string): string | undefined
}

/** An environment with its repository, its ledger, and whose records count. */
export interface Stage {
  readonly environment: NamedEnvironment
  readonly repository: Repository
  /** The tag that follows what the environment serves; the environment's name unless `target` has one. */
  readonly tag: string
  readonly store: LedgerStore
  readonly trusted: readonly SignedBy[]
}

/** Opens what an environment of sluice.yaml names; a registry is not asked yet. */
export async function openStage(environment: NamedEnvironment, edge: Edge, trust: TrustEdge): Promise<Stage> {
  const target = parseReference(environment.target)
  return {
    environment,
    repository: await openAt(target, edge),
    tag: target.tag ?? environment.name,
    store: await openLedger(environment.ledger, edge),
    trusted: await resolveSigners(environment.recordsSignedBy, trust),
  }
}

/** Opens a repository with the credentials of `docker login`. @throws SluiceError OCI_REFERENCE_MALFORMED */
export async function openAt(reference: Reference | string, edge: Edge): Promise<Repository> {
  return await openRepository(reference, {
    fetch: edge.fetch,
    resolvePath: (path) => edge.workspace.resolve(path),
    credentials: dockerCredentials({ variable: (name) => edge.variable(name) }),
  })
}

/** Opens a ledger by what sluice.yaml or a person wrote: a folder, or `oci://registry/name`. */
export async function openLedger(spec: string, edge: Edge): Promise<LedgerStore> {
  if (spec.startsWith('oci://')) return repositoryLedger(await openAt(spec.slice('oci://'.length), edge))
  return folderLedger(await edge.workspace.resolve(spec), spec)
}
