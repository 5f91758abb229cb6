import { isSluiceError, SluiceError } from '@sluice/errors'
import {
  artifactFiles,
  type Compatibility,
  compareArtifact,
  isUnchanged,
  loadableLayers,
  type ModelDifference,
  type ModelManifest,
  OMS_TYPE,
  type SignedModel,
  type StoredBundle,
  verifyModelSignature,
} from '@sluice/evidence'
import { type Manifest, parseManifest } from '@sluice/oci'
import type { Finding, Section } from '@sluice/verdict'
import type { Demand, Held } from './evidence.js'
import { differenceFindings, loadableFinding, refusalFinding, unsignedFinding } from './findings.js'

/** Of what a signer left out, more paths than a person reads. */
const PATH_LIMIT = 50

/** What shows only when a model is held against one manifest, and says that it is not the model of that one. */
const UNLIKE = ['HASH_EMPTY', 'HASH_TOO_MANY']

/** What the signature of a model must be like. */
export interface ModelDemand extends Demand {
  readonly compatibility: readonly Compatibility[]
  /** Whether files that are not signed may be there. */
  readonly ignoreUnsigned: boolean
}

/** A model as it is, wherever it lies. */
export interface PlacedModel {
  /** As findings call it. */
  readonly name: string
  /** Where its files lie in the workspace; undefined in a registry. */
  readonly folder?: string
  /** @throws SluiceError MODEL_* when that cannot be told from where it lies */
  compare(manifest: ModelManifest): Promise<ModelDifference>
}

/** A model in a registry. */
export interface LayeredModel extends PlacedModel {
  /** Names of what is left out, so that nobody signed it, and may be run or loaded. @throws SluiceError MODEL_NOT_MAPPED */
  loadable(): readonly string[]
}

export interface ModelVerdict {
  readonly findings: readonly Finding[]
  /** The evidence that held; none when a finding decides against it. */
  readonly held: readonly Held[]
  /** Files that were let be unsigned. */
  readonly unsigned: readonly string[]
  readonly sections: readonly Section[]
}

/** A model in a registry, by the layers that its manifest names; no blob is read. */
export function layersOf(name: string, manifest: Manifest, ignore: readonly string[]): LayeredModel {
  const parsed = () => parseManifest(manifest.bytes, manifest.descriptor.mediaType)
  return {
    name,
    compare: async (signed) => compareArtifact(signed, artifactFiles(parsed(), ignore)),
    loadable: () => loadableLayers(parsed(), ignore),
  }
}

/** The same of a model in a registry, with a warning of layers that are left out and may be run or loaded. */
export async function judgeLayers(
  model: LayeredModel,
  candidates: readonly StoredBundle[],
  demand: ModelDemand,
): Promise<ModelVerdict> {
  const verdict = await judgeModel(model, candidates, demand)
  const loadable = verdict.held.length > 0 ? model.loadable() : []
  if (loadable.length === 0) return verdict
  return { ...verdict, findings: [...verdict.findings, loadableFinding(loadable, false, model.name)] }
}

/**
 * Whether one of the signatures is of the model as it is. When none is, the findings tell how it differs from the
 * nearest that is genuine, else that it could not be compared, else why the nearest is not genuine.
 */
export async function judgeModel(
  model: PlacedModel,
  candidates: readonly StoredBundle[],
  demand: ModelDemand,
): Promise<ModelVerdict> {
  const differing: (SignedModel & { readonly difference: ModelDifference })[] = []
  const refused: SluiceError[] = []
  const undecided: SluiceError[] = []
  for (const { bytes, location } of candidates) {
    try {
      const signed = await verifyModelSignature(bytes, demand)
      const difference = await model.compare(signed.manifest)
      const unsigned = demand.ignoreUnsigned ? difference.extra : []
      if (isUnchanged({ ...difference, extra: difference.extra.slice(unsigned.length) })) {
        return {
          findings: unsigned.length > 0 ? [unsignedFinding(unsigned, model.name)] : [],
          held: [{ ...signed.evidence, location }],
          unsigned,
          sections: signature(signed.manifest),
        }
      }
      differing.push({ ...signed, difference })
    } catch (error) {
      if (!isSluiceError(error)) throw error
      if (error.kind === 'refused' || UNLIKE.includes(error.code)) refused.push(error)
      else if (error.code === 'MODEL_NOT_MAPPED') undecided.push(error)
      else throw error
    }
  }
  return { findings: nearest(model, differing, undecided, refused), held: [], unsigned: [], sections: [] }
}

function nearest(
  model: PlacedModel,
  differing: readonly (SignedModel & { readonly difference: ModelDifference })[],
  undecided: readonly SluiceError[],
  refused: readonly SluiceError[],
): Finding[] {
  const least = differing.toSorted((a, b) => size(a.difference) - size(b.difference))[0]
  if (least) return differenceFindings(least.difference, model.name, model.folder, least.manifest)
  const why = undecided[0] ?? refused.find((error) => error.code !== 'EVIDENCE_PREDICATE_TYPE')
  return [refusalFinding(why ?? none(model.name), model.name, OMS_TYPE)]
}

/** How the model is signed, and what the signer left out: nobody vouches for that, and it is not left out here for it. */
function signature({ method, hashType, shardSize, resources, ignored }: ModelManifest): Section[] {
  const how = shardSize === undefined ? method : `${method} of ${shardSize} bytes`
  return [
    {
      kind: 'table',
      title: 'Model signature',
      columns: ['Lists', 'Hash', 'Entries', 'Left out by the signer'],
      rows: [[how, hashType, String(resources.length), ignored.slice(0, PATH_LIMIT).join(', ')]],
    },
  ]
}

function size({ extra, missing, changed }: ModelDifference): number {
  return extra.length + missing.length + changed.length
}

function none(name: string): SluiceError {
  return new SluiceError('EVIDENCE_NONE', `There is no signature of ${name}.`, {
    remedy: 'Sign it with `sign`, or name the store or bundle that holds its signature.',
    kind: 'refused',
  })
}
