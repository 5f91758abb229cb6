import { SluiceError } from '@sluice/errors'
import {
  type Expectation,
  examine,
  nearestRefusal,
  type RefusedBundle,
  type SignedBy,
  type StoredBundle,
  type VerifiedEvidence,
} from '@sluice/evidence'
import type { Finding } from '@sluice/verdict'
import { refusalFinding } from './findings.js'

/** Evidence that held, with where it was found. */
export type Held = VerifiedEvidence & { readonly location: string }

/** What evidence must be like, whatever it is about. */
export interface Demand {
  readonly signedBy: SignedBy
  readonly maxAgeSeconds?: number
  /** What a verification summary must say. */
  readonly summary?: NonNullable<Expectation['summary']>
  /** Each bundle that claims a wanted type has to hold, not one alone. */
  readonly every?: boolean
  readonly now: Date
}

/** What must have evidence. */
export interface Examined {
  /** As findings call it. */
  readonly name: string
  /** `sha256:<hex>`, recomputed */
  readonly digest: string
  /** The name under which it must have been signed: the same bytes under another name are another file. */
  readonly signedAs?: string
}

/**
 * One verified bundle at least of each type, or a finding: the refusal that came nearest. With `every`, a finding for
 * each bundle besides that claims the type, or cannot be read, and is refused.
 */
export async function requireTypes(
  { name, digest, signedAs }: Examined,
  types: readonly string[],
  bundles: readonly StoredBundle[],
  demand: Demand,
): Promise<{ readonly findings: readonly Finding[]; readonly held: readonly Held[] }> {
  const findings: Finding[] = []
  const held: Held[] = []
  const subject = { digest, ...(signedAs === undefined ? {} : { name: signedAs }) }
  for (const predicateType of types) {
    const { verified, refused } = await examine(bundles, { ...demand, subject, predicateType })
    held.push(...verified)
    if (verified.length === 0) {
      const error = nearestRefusal(refused, predicateType)?.error ?? none({ name, digest }, predicateType)
      findings.push(refusalFinding(error, name, predicateType))
    } else if (demand.every) {
      for (const one of refused.filter((bundle) => isMeant(bundle, predicateType)))
        findings.push(refusalFinding(one.error, `${name}, ${one.location}`, predicateType))
    }
  }
  return { findings, held }
}

/** What is genuine and about something else was given for that. */
function isMeant({ claims, error }: RefusedBundle, predicateType: string): boolean {
  return (claims === undefined || claims === predicateType) && error.code !== 'EVIDENCE_SUBJECT_MISMATCH'
}

function none({ name, digest }: Examined, predicateType: string): SluiceError {
  return new SluiceError('EVIDENCE_NONE', `There is no evidence of ${predicateType} about ${digest}.`, {
    remedy: `Sign ${name} with \`sign\`, or name the store that holds its evidence; if it was signed before, it has changed since.`,
    kind: 'refused',
  })
}
