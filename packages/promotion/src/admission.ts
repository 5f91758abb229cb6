import {
  artifactFiles,
  combinedStore,
  DEFAULT_IGNORES,
  type LayerFile,
  openStore,
  type StoreDependencies,
} from '@sluice/evidence'
import { parseManifest, type Repository } from '@sluice/oci'
import type { NamedEnvironment } from './environment.js'
import { evaluatePolicy, needsLayers, type Ruling } from './policy/policy.js'
import { resolveRequirements, type TrustEdge } from './policy/trust.js'
import type { Edge, Stage } from './stage.js'

export interface AdmissionRequest {
  readonly environment: NamedEnvironment
  /** Holds the subject, and its referrers. */
  readonly repository: Repository
  /** `sha256:<hex>` */
  readonly digest: string
  /** `oci` for the referrers, `github` for attestations, folders by path. */
  readonly stores: readonly string[]
  /** GitHub's API, for attestations. */
  readonly github?: StoreDependencies['github']
  readonly trust: TrustEdge
  readonly now: Date
  /** `ignore` for a rollback, see `resolveRequirements`. */
  readonly age?: 'require' | 'ignore'
}

/**
 * Collects a subject's evidence and holds it against the policy of an environment; one ruling a requirement.
 * @throws SluiceError what reading keys or stores throws: evidence that cannot be read in full decides nothing;
 *   MODEL_* where a model's signature is required of an artifact whose files its manifest does not tell
 */
export async function examineAdmission(request: AdmissionRequest, edge: Edge): Promise<Ruling[]> {
  const { environment, repository, digest, github, trust, now, age } = request
  const requirements = await resolveRequirements(environment.requires, trust, age)
  const stores = await Promise.all(
    request.stores.map((spec) =>
      openStore(spec, {
        resolve: (folder) => edge.workspace.resolve(folder),
        repository,
        ...(github === undefined ? {} : { github }),
      }),
    ),
  )
  const bundles = await combinedStore(stores).list(digest)
  const layers = requirements.some(needsLayers) ? await layersOf(repository, digest) : undefined
  return await evaluatePolicy(requirements, bundles, {
    subject: digest,
    now,
    ...(layers === undefined ? {} : { layers }),
  })
}

/** @throws SluiceError MODEL_* when the manifest does not say what the files are */
async function layersOf(repository: Repository, digest: string): Promise<LayerFile[]> {
  const { bytes, descriptor } = await repository.manifest(digest)
  return artifactFiles(parseManifest(bytes, descriptor.mediaType), DEFAULT_IGNORES)
}

/**
 * Holds what an environment has let in before against its policy again, as a canary and a rollback do: evidence may have
 * aged since, and nothing else.
 * @throws SluiceError as `examineAdmission`
 */
export function examineAgain(
  { environment, repository }: Stage,
  subject: Pick<AdmissionRequest, 'digest' | 'stores' | 'github' | 'trust' | 'now'>,
  edge: Edge,
): Promise<Ruling[]> {
  return examineAdmission({ ...subject, environment, repository, age: 'ignore' }, edge)
}

/** The evidence that rulings rely upon, as a record keeps it. Pure. */
export function reliedUpon(rulings: readonly Ruling[]) {
  return rulings.flatMap((ruling) => {
    if (ruling.state === 'unmet') return []
    const { location: _, ...evidence } = ruling.by
    return [evidence]
  })
}
