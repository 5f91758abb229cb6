import { isSluiceError, type SluiceError } from '@sluice/errors'
import { parseBundle } from '../bundle/bundle.js'
import { parseStatement } from '../bundle/statement.js'
import { refusal } from '../refusal.js'
import type { EvidenceStore, StoredBundle } from '../store/store.js'
import { type Expectation, type VerifiedEvidence, verifyEvidence } from './verifier.js'

/** What became of each bundle of a subject. */
export interface Examination {
  readonly verified: readonly (VerifiedEvidence & { readonly location: string })[]
  readonly refused: readonly RefusedBundle[]
}

export interface RefusedBundle {
  readonly location: string
  /** `sha256:<hex>` */
  readonly digest: string
  readonly error: SluiceError
  /** The predicate type that the bundle claims, unverified; for telling a reader, never for deciding. */
  readonly claims: string | undefined
}

/** Verifies each bundle by itself: one that is refused does not hide another that holds. */
export async function examine(
  bundles: readonly StoredBundle[],
  expectation: Expectation,
): Promise<Examination> {
  const verified: (VerifiedEvidence & { location: string })[] = []
  const refused: RefusedBundle[] = []
  for (const { bytes, digest, location } of bundles) {
    try {
      verified.push({ ...(await verifyEvidence(bytes, expectation)), location })
    } catch (error) {
      if (!isSluiceError(error) || error.kind !== 'refused') throw error
      refused.push({ location, digest, error, claims: claimedType(bytes) })
    }
  }
  return { verified, refused }
}

/**
 * All evidence in a store that meets an expectation; at least one.
 * @throws SluiceError EVIDENCE_NONE when there is no bundle of the wanted type; else the refusal of the one that came
 *   nearest, so that the reader learns the rule that broke
 */
export async function requireEvidence(
  store: EvidenceStore,
  expectation: Expectation,
): Promise<readonly (VerifiedEvidence & { readonly location: string })[]> {
  const { verified, refused } = await examine(await store.list(expectation.subject.digest), expectation)
  if (verified.length > 0) return verified
  const nearest = nearestRefusal(refused, expectation.predicateType)
  if (nearest !== undefined) throw nearest.error
  const wanted = expectation.predicateType ?? 'any type'
  throw refusal(
    'EVIDENCE_NONE',
    `${store.name}: no evidence of ${wanted} about ${expectation.subject.digest}.`,
  )
}

/** The first refusal of a bundle that claims to be of the wanted type; others are not what was asked for. */
export function nearestRefusal(
  refused: readonly RefusedBundle[],
  predicateType: string | undefined,
): RefusedBundle | undefined {
  return refused.find(
    ({ claims }) => predicateType === undefined || claims === undefined || claims === predicateType,
  )
}

function claimedType(bytes: Uint8Array): string | undefined {
  try {
    return parseStatement(parseBundle(bytes).payload).predicateType
  } catch {
    return undefined
  }
}
