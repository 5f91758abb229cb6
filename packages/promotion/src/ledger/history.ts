import type { Ledger, VerifiedRecord } from './ledger.js'
import type { RecordSubject } from './record.js'

/** What served at a time, and the record that says so. */
export interface Served {
  readonly subject: RecordSubject
  /** The newest record at that time: on its word the subject served. */
  readonly record: VerifiedRecord
  /** The record since which the subject served without a break. */
  readonly since: VerifiedRecord
  /** The promotion that let the subject in, with the evidence it relied upon; absent when it is in no record. */
  readonly admitted?: VerifiedRecord
}

/** What served an environment at `time`, inclusive; undefined before the first record or when nothing did. Pure. */
export function servedAt({ records }: Ledger, time: Date): Served | undefined {
  const known = records.filter(({ predicate }) => Date.parse(predicate.createdAt) <= time.getTime())
  const record = known.at(-1)
  const subject = record?.predicate.serving
  if (record === undefined || subject === undefined || subject === null) return undefined
  const before = known.findLastIndex(({ predicate }) => predicate.serving?.digest !== subject.digest)
  const admitted = known.findLast(
    ({ kind, subject: { digest } }) => kind === 'promotion' && digest === subject.digest,
  )
  return { subject, record, since: known[before + 1]!, ...(admitted ? { admitted } : {}) }
}

/** What the newest record says is serving. Pure. */
export function serving({ records }: Ledger): RecordSubject | null {
  return records.at(-1)?.predicate.serving ?? null
}

/** The newest promotion or rollback: its subject is what the environment's tag must name. Pure. */
export function tagged({ records }: Ledger): VerifiedRecord | undefined {
  return records.findLast(({ kind }) => kind !== 'rollout')
}

/** Why a subject does not count as promoted, or undefined when it does. Pure. */
export function notPromoted(ledger: Ledger, digest: string): string | undefined {
  const { records, environment } = ledger
  const last = records.findLast(({ kind, subject }) => kind === 'promotion' && subject.digest === digest)
  if (last === undefined) return `it was never promoted to \`${environment}\``
  const left = leftBy(ledger, digest, last.predicate.sequence)
  if (left === undefined) return undefined
  return `\`${environment}\` was rolled back from it on ${left.predicate.createdAt} (record ${left.predicate.sequence})`
}

/** The promotion of, or rollback to, a subject that is still the environment's newest move. Pure. */
export function standing(ledger: Ledger, digest: string): VerifiedRecord | undefined {
  const newest = tagged(ledger)
  if (newest?.subject.digest !== digest) return undefined
  return leftBy(ledger, digest, newest.predicate.sequence) === undefined ? newest : undefined
}

/**
 * The subject to go back to. When the newest move does not serve, because its rollout was undone or never came, that
 * is what serves; otherwise the newest subject that served before the present one and was not rolled back from
 * since. Pure.
 */
export function lastGood(ledger: Ledger): RecordSubject | undefined {
  const current = serving(ledger)
  const newest = tagged(ledger)
  if (current !== null && newest !== undefined && newest.subject.digest !== current.digest) return current
  for (const { predicate } of ledger.records.toReversed()) {
    const subject = predicate.serving
    if (subject === null || subject.digest === current?.digest) continue
    if (leftBy(ledger, subject.digest, predicate.sequence) === undefined) return subject
  }
  return undefined
}

/**
 * The first record after `since` that tells of going back from a subject: a rollback from what served or was last
 * promoted, or a rollout that was undone.
 */
function leftBy({ records }: Ledger, digest: string, since: number): VerifiedRecord | undefined {
  let move: VerifiedRecord | undefined
  for (const record of records) {
    const { kind, subject, predicate } = record
    const undone = kind === 'rollout' && subject.digest === digest && predicate['outcome'] === 'rolled-back'
    const from = [predicate.previousSubject?.digest, move?.subject.digest]
    const back = kind === 'rollback' && subject.digest !== digest && from.includes(digest)
    if (predicate.sequence > since && (undone || back)) return record
    if (kind !== 'rollout') move = record
  }
  return undefined
}
