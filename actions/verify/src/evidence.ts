import { SluiceError } from '@sluice/errors'
import {
  type Expectation,
  examine,
  nearestRefusal,
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

/** One verified bundle at least of each type, or a finding: the refusal that came nearest. */
export async function requireTypes(
  examined: Examined,
  types: readonly string[],
  bundles: readonly StoredBundle[],
  demand: Demand,
): Promise<{ readonly findings: readonly Finding[]; readonly held: readonly Held[] }> {
  const findings: Finding[] = []
  const held: Held[] = []
  for (const predicateType of types) {
    const expectation = { ...demand, subject: { digest: examined.digest }, predicateType }
    const { verified, refused } = await examine(bundles, expectation)
    const fitting = verified.filter((evidence) => isNamed(evidence, examined))
    held.push(...fitting)
    if (fitting.length > 0) continue
    const error = nearestRefusal(refused, predicateType)?.error ?? none(examined, predicateType)
    findings.push(refusalFinding(error, examined.name, predicateType))
  }
  return { findings, held }
}

function isNamed({ statement }: Held, { digest, signedAs }: Examined): boolean {
  if (signedAs === undefined) return true
  return statement.subject.some(
    (subject) => subject.name === signedAs && `sha256:${subject.digest['sha256']}` === digest,
  )
}

function none({ name, digest }: Examined, predicateType: string): SluiceError {
  return new SluiceError('EVIDENCE_NONE', `There is no evidence of ${predicateType} about ${digest}.`, {
    remedy: `Sign ${name} with \`sign\`, or name the store that holds its evidence; if it was signed before, it has changed since.`,
    kind: 'refused',
  })
}
