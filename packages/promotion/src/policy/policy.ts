import {
  examine,
  type LayerFile,
  OMS_TYPE,
  type SignedBy,
  type StoredBundle,
  type VerifiedEvidence,
} from '@sluice/evidence'
import { evaluateCondition } from './condition.js'
import { predicateKind } from './predicate.js'

/** A requirement with its signer's key or trust root read. */
export interface ResolvedRequirement {
  /** Short name or URI. */
  readonly predicate: string
  readonly check?: string
  readonly signedBy: SignedBy
  readonly maxAgeSeconds?: number
  /** CEL on `predicate`. */
  readonly when?: string
}

/** The evidence that a decision relied upon. */
export interface ReliedUpon {
  readonly requirement: string
  readonly predicateType: string
  /** `sha256:<hex>` of the bundle as stored. */
  readonly bundle: string
  /** `key <hint>` or `<identity> (<issuer>)`. */
  readonly signer: string
  readonly signedAt?: string
  readonly location: string
}

/** Why a requirement is not met. */
export type Shortfall = 'missing' | 'refused' | 'condition-false' | 'condition-error'

export type Ruling =
  | { readonly state: 'met'; readonly requirement: string; readonly by: ReliedUpon }
  | {
      readonly state: 'unmet'
      readonly requirement: string
      readonly shortfall: Shortfall
      /** The EVIDENCE_* code, when a bundle was refused. */
      readonly code?: string
      readonly detail: string
    }

/** What evidence must be about, and when it is looked at. */
export interface Examined {
  /** `sha256:<hex>` */
  readonly subject: string
  /** What its layers are, where a model's own signature is asked for. */
  readonly layers?: readonly LayerFile[]
  readonly now: Date
}

/** Whether a requirement is of a model's own signature, which is about files. */
export function needsLayers({ predicate }: ResolvedRequirement): boolean {
  return predicateKind(predicate).type === OMS_TYPE
}

/**
 * Holds a subject's evidence against a policy. Fails closed: every requirement needs its own evidence, of the right
 * type and check, about this digest, signed by exactly the named signer, fresh, and with its condition true. When
 * there are several, the newest decides, so that an old pass does not outlive a new failure; evidence without a time
 * cannot be told to be older, so then all of it must hold. No I/O: the bundles are data.
 */
export async function evaluatePolicy(
  requirements: readonly ResolvedRequirement[],
  bundles: readonly StoredBundle[],
  about: Examined,
): Promise<Ruling[]> {
  const decided = requirements.map((requirement) => decide(requirement, bundles, about))
  return (await Promise.all(decided)).map(({ ruling }) => ruling)
}

/** A ruling, and the evidence that it relies upon when the requirement is met. */
export type Decided =
  | {
      readonly ruling: Extract<Ruling, { readonly state: 'met' }>
      readonly evidence: VerifiedEvidence
    }
  | { readonly ruling: Extract<Ruling, { readonly state: 'unmet' }> }

/** One requirement of `evaluatePolicy`, for a reader that needs what the evidence says as well. */
export async function decide(
  requirement: ResolvedRequirement,
  bundles: readonly StoredBundle[],
  { subject, layers, now }: Examined,
): Promise<Decided> {
  const name = nameOf(requirement)
  const kind = predicateKind(requirement.predicate)
  const { verified, refused } = await examine(bundles, {
    subject: { digest: subject, ...(layers === undefined ? {} : { layers }) },
    predicateType: kind.type,
    signedBy: requirement.signedBy,
    ...(requirement.maxAgeSeconds === undefined ? {} : { maxAgeSeconds: requirement.maxAgeSeconds }),
    now,
  })
  const candidates = verified.filter((evidence) => isOf(evidence, requirement.check))
  if (candidates.length === 0) {
    const nearest = refused.find(
      ({ claims, error }) =>
        claims === kind.type || (claims === undefined && error.code !== 'EVIDENCE_PREDICATE_TYPE'),
    )
    if (nearest === undefined) {
      const detail = `there is no evidence of it about ${subject}`
      return unmet(name, { shortfall: 'missing', detail })
    }
    const { code, message } = nearest.error
    return unmet(name, { shortfall: 'refused', code, detail: message })
  }
  const when = requirement.when ?? kind.condition
  const deciding = newest(candidates)
  for (const evidence of when === undefined ? [] : deciding) {
    const condition = evaluateCondition(when!, evidence.statement.predicate, subject)
    if (condition.state === 'false') {
      const detail = `\`${when}\` is false for ${evidence.location}`
      return unmet(name, { shortfall: 'condition-false', detail })
    }
    if (condition.state === 'error') {
      const detail = `\`${when}\` could not be evaluated for ${evidence.location}: ${condition.because}`
      return unmet(name, { shortfall: 'condition-error', detail })
    }
  }
  const evidence = deciding[0]!
  return { ruling: { state: 'met', requirement: name, by: reliedUpon(name, evidence) }, evidence }
}

function unmet(
  requirement: string,
  why: Pick<Extract<Ruling, { state: 'unmet' }>, 'shortfall' | 'code' | 'detail'>,
): Decided {
  return { ruling: { state: 'unmet', requirement, ...why } }
}

/** As reports name a requirement: `test-result of pin-check`. */
export function nameOf({
  predicate,
  check,
}: {
  readonly predicate: string
  readonly check?: string
}): string {
  return check === undefined ? predicate : `${predicate} of ${check}`
}

type Located = VerifiedEvidence & { readonly location: string }

/** Test results say in their first entry which check made them (`sluice/<check>`). */
function isOf({ statement }: Located, check: string | undefined): boolean {
  if (check === undefined) return true
  const configuration = statement.predicate['configuration']
  const first: unknown = Array.isArray(configuration) ? configuration[0] : undefined
  const name = typeof first === 'object' && first !== null && 'name' in first ? first.name : undefined
  return name === `sluice/${check}` || name === check
}

function newest(candidates: readonly Located[]): readonly Located[] {
  if (candidates.some(({ signedAt }) => signedAt === undefined)) return candidates
  const times = candidates.map(({ signedAt }) => Date.parse(signedAt!))
  const last = Math.max(...times)
  return candidates.filter((_, index) => times[index] === last)
}

function reliedUpon(requirement: string, evidence: Located): ReliedUpon {
  const { statement, signedAt, bundleDigest, location } = evidence
  return {
    requirement,
    predicateType: statement.predicateType,
    bundle: bundleDigest,
    signer: signerText(evidence.signer),
    ...(signedAt === undefined ? {} : { signedAt }),
    location,
  }
}

/** A signer as records and reports name it. */
export function signerText(signer: VerifiedEvidence['signer']): string {
  switch (signer.kind) {
    case 'key':
      return `key ${signer.keyHint}`
    case 'identity':
      return `${signer.identity} (${signer.issuer})`
    case 'certificate':
      return `${signer.identity} (${signer.authority})`
  }
}
