import { isSluiceError, type SluiceError } from '@sluice/errors'
import { digestOf } from '@sluice/oci'
import type { Statement } from '@sluice/verdict'
import * as v from 'valibot'
import { parseBundle } from '../bundle/bundle.js'
import { member } from '../member.js'
import type { ModelDifference } from '../oms/compare.js'
import type { ModelManifest } from '../oms/manifest.js'
import { PROVENANCE_TYPE } from '../provenance/types.js'
import { type EvidenceCode, refusal } from '../refusal.js'
import type { EvidenceStore } from '../store/store.js'
import type { SignedBy, VerifiedEvidence } from '../verify/verifier.js'
import { verifyVouching } from './vouching.js'

/** Chains of models are short: a base, what it was tuned from, perhaps what that was distilled from. */
const DEPTH_LIMIT = 8
const ANCESTORS_LIMIT = 64

/** What is said of a bundle by somebody else; of one by who is trusted there is more to say. */
const OTHER_SIGNER = new Set<string>([
  'EVIDENCE_SIGNATURE_INVALID',
  'EVIDENCE_KEY_KIND',
  'EVIDENCE_IDENTITY_MISMATCH',
  'EVIDENCE_ISSUER_MISMATCH',
] satisfies EvidenceCode[])

/** Whose word counts for dependencies of a role. */
export interface LineageDemand {
  readonly role: string
  /** Any of them. */
  readonly signedBy: readonly SignedBy[]
}

/** What provenance names, as far as lineage reads it. */
export interface NamedDependency {
  readonly name: string
  readonly uri?: string
  /** `sha256:<hex>`; absent where it is named by a snapshot or another digest. */
  readonly digest?: string
  readonly role: string
  /** SHA-256 of the payload of the signature that the builder verified. */
  readonly payload?: string
}

/** A dependency whose own evidence held. */
export interface Ancestor extends NamedDependency {
  readonly digest: string
  /** 1 for what the verified provenance names itself. */
  readonly depth: number
  readonly evidence: readonly (VerifiedEvidence & { readonly location: string })[]
}

/** A dependency whose own evidence did not hold. */
export interface LineageFault {
  /** From what was verified down to what it is about, by name. */
  readonly path: readonly string[]
  readonly role: string
  readonly error: SluiceError
}

export interface Lineage {
  readonly ancestors: readonly Ancestor[]
  readonly faults: readonly LineageFault[]
}

export interface LineageSources {
  /** Where the evidence of a dependency is; with folders nothing else is asked, so that it works offline. */
  storeOf(dependency: NamedDependency): Promise<EvidenceStore>
  /** Compares a dependency with a model manifest, where it can be reached. */
  compare?(
    dependency: NamedDependency & { readonly digest: string },
    manifest: ModelManifest,
  ): Promise<ModelDifference | undefined>
  readonly now: Date
}

const dependenciesSchema = v.array(
  v.looseObject({
    name: v.optional(v.pipe(v.string(), v.maxLength(4096))),
    uri: v.optional(v.pipe(v.string(), v.maxLength(4096))),
    digest: v.optional(v.record(v.string(), v.string())),
    annotations: v.optional(v.record(v.string(), v.unknown())),
  }),
)

/**
 * Verifies what verified provenance names as its dependencies, and what their own provenance names, and so on: each
 * must have provenance, a model signature or cosign's signature of its own, by one of those who are trusted for its
 * role. Where the builder recorded the signature that it had verified, that one must hold.
 * @param provenance verified already; `name` is what a reader calls its subject
 * @returns what held and what did not; a demand that the provenance names nothing for is a fault
 * @throws SluiceError of kind `surroundings` when a store cannot be read in full
 */
export async function verifyLineage(
  provenance: { readonly name: string; readonly statement: Statement },
  demands: readonly LineageDemand[],
  sources: LineageSources,
): Promise<Lineage> {
  const ancestors: Ancestor[] = []
  const faults: LineageFault[] = []
  const seen = new Set<string>()
  const queue = [{ path: [provenance.name], statement: provenance.statement }]
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    const { path, statement } = next
    const dependencies = dependenciesOf(statement)
    for (const { role, signedBy } of demands) {
      const named = dependencies?.filter((dependency) => dependency.role === role) ?? []
      const missing = missingFrom(path, role, dependencies === undefined, named.length)
      if (missing !== undefined) faults.push({ path, role, error: missing })
      for (const dependency of named) {
        const key = `${role} ${dependency.digest ?? dependency.name} ${dependency.payload ?? ''}`
        if (seen.has(key)) continue
        seen.add(key)
        const way = [...path, dependency.name]
        try {
          if (path.length > DEPTH_LIMIT || seen.size > ANCESTORS_LIMIT) throw tooLong()
          const ancestor = { ...(await held(dependency, signedBy, sources)), depth: path.length }
          ancestors.push(ancestor)
          for (const { statement: own } of ancestor.evidence)
            if (own.predicateType === PROVENANCE_TYPE) queue.push({ path: way, statement: own })
        } catch (error) {
          if (!isSluiceError(error) || (error.kind !== 'refused' && error.code !== 'MODEL_NOT_MAPPED'))
            throw error
          faults.push({ path: way, role, error })
        }
      }
    }
  }
  return { ancestors, faults }
}

/** A chain may end anywhere but at its beginning, and must be one that can be read. */
function missingFrom(
  path: readonly string[],
  role: string,
  unreadable: boolean,
  named: number,
): SluiceError | undefined {
  const name = shown(path.at(-1) ?? '')
  if (unreadable)
    return refusal('EVIDENCE_MALFORMED', `The provenance of ${name} does not list dependencies as SLSA does.`)
  if (named > 0 || path.length > 1) return undefined
  return refusal('EVIDENCE_LINEAGE_NONE', `The provenance of ${name} names no ${role}.`)
}

/** What provenance names with a role; undefined when it is not the list that SLSA has there. */
export function dependenciesOf({ predicate }: Statement): NamedDependency[] | undefined {
  const parsed = v.safeParse(
    dependenciesSchema,
    member(predicate, 'buildDefinition.resolvedDependencies') ?? [],
  )
  if (!parsed.success) return undefined
  return parsed.output.flatMap(({ name, uri, digest, annotations = {} }) => {
    const { role } = annotations
    if (typeof role !== 'string') return []
    const hex = digest !== undefined && Object.hasOwn(digest, 'sha256') ? digest['sha256'] : undefined
    const payload = member(annotations, 'signature.payload.sha256')
    return {
      name: name ?? uri ?? hex ?? '',
      role,
      ...(uri === undefined ? {} : { uri }),
      ...(hex !== undefined && /^[0-9a-f]{64}$/.test(hex) ? { digest: `sha256:${hex}` } : {}),
      ...(typeof payload === 'string' ? { payload } : {}),
    }
  })
}

async function held(
  dependency: NamedDependency,
  signedBy: readonly SignedBy[],
  sources: LineageSources,
): Promise<Omit<Ancestor, 'depth'>> {
  const { digest, payload, name } = dependency
  if (digest === undefined)
    throw refusal(
      'EVIDENCE_LINEAGE_UNNAMED',
      `${shown(name)} is not named by SHA-256, so nothing can be about it.`,
    )
  const store = await sources.storeOf(dependency)
  const compare = (manifest: ModelManifest) =>
    sources.compare?.({ ...dependency, digest }, manifest) ?? Promise.resolve(undefined)
  const evidence: Ancestor['evidence'][number][] = []
  const payloads = new Set<string>()
  let nearest: SluiceError | undefined
  for (const { bytes, location } of await store.list(digest)) {
    for (const signer of signedBy) {
      try {
        evidence.push({ ...(await verifyVouching(bytes, digest, signer, sources.now, compare)), location })
        payloads.add(digestOf(parseBundle(bytes).payload).slice('sha256:'.length))
        break
      } catch (error) {
        // An artifact whose layers are no files cannot be compared with a manifest; other evidence may vouch for it.
        if (!isSluiceError(error) || (error.kind !== 'refused' && error.code !== 'MODEL_NOT_MAPPED'))
          throw error
        if (nearest === undefined || OTHER_SIGNER.has(nearest.code)) nearest = error
      }
    }
  }
  if (evidence.length === 0) {
    throw nearest ?? refusal('EVIDENCE_NONE', `${store.name}: nothing vouches for ${shown(name)}, ${digest}.`)
  }
  if (payload !== undefined && !payloads.has(payload)) {
    throw refusal(
      'EVIDENCE_LINEAGE_SIGNATURE',
      `${shown(name)} has evidence, but not the signature that its builder verified (payload ${payload.slice(0, 64)}).`,
    )
  }
  return { ...dependency, digest, evidence }
}

function tooLong(): SluiceError {
  return refusal(
    'EVIDENCE_LINEAGE_DEPTH',
    `Lineage goes on beyond ${DEPTH_LIMIT} generations or ${ANCESTORS_LIMIT} ancestors.`,
  )
}

function shown(name: string): string {
  return JSON.stringify(name.slice(0, 200))
}
