import type { Ledger, VerifiedRecord } from './ledger.js'
import type { RecordSubject } from './record.js'

/** What served at a time, and the record that says so. */
export interface Served {
  readonly subject: RecordSubject
  /** The newest record at that time: on its word the subject served. */
  readonly record: VerifiedRecord
  /** The record since which the subject served without a break. */
  readonly since: VerifiedRecord
}

/** What served an environment at `time`, inclusive; undefined before the first record or when nothing did. Pure. */
export function servedAt({ records }: Ledger, time: Date): Served | undefined {
  const known = records.filter(({ predicate }) => Date.parse(predicate.createdAt) <= time.getTime())
  const record = known.at(-1)
  const subject = record?.predicate.serving
  if (record === undefined || subject === undefined || subject === null) return undefined
  const since = known.findLastIndex(({ predicate }) => predicate.serving?.digest !== subject.digest)
  return { subject, record, since: known[since + 1]! }
}

/** What the newest record says is serving. Pure. */
export function serving({ records }: Ledger): RecordSubject | null {
  return records.at(-1)?.predicate.serving ?? null
}

/** Why a subject does not count as promoted, or undefined when it does. Pure. */
export function notPromoted({ records, environment }: Ledger, digest: string): string | undefined {
  const own = records.filter(({ kind, subject }) => kind === 'promotion' && subject.digest === digest)
  const last = own.at(-1)
  if (last === undefined) return `it was never promoted to \`${environment}\``
  const left = records.find(
    (record) => record.predicate.sequence > last.predicate.sequence && leaves(record, digest),
  )
  if (left === undefined) return undefined
  return `\`${environment}\` was rolled back from it on ${left.predicate.createdAt} (record ${left.predicate.sequence})`
}

/**
 * The subject to go back to: the newest one that served before the present one, and that was not itself rolled back
 * from since. Pure.
 */
export function lastGood(ledger: Ledger): RecordSubject | undefined {
  const { records } = ledger
  const current = serving(ledger)?.digest
  for (const { predicate } of records.toReversed()) {
    const subject = predicate.serving
    if (subject === null || subject.digest === current) continue
    if (notRejected(ledger, subject.digest, predicate.sequence)) return subject
  }
  return undefined
}

function notRejected({ records }: Ledger, digest: string, since: number): boolean {
  return !records.some((record) => record.predicate.sequence > since && leaves(record, digest))
}

/** Whether a record tells of going back from a subject: a rollback from it, or a rollout of it that was undone. */
function leaves({ kind, subject, predicate }: VerifiedRecord, digest: string): boolean {
  if (kind === 'rollback') return predicate.previousSubject?.digest === digest && subject.digest !== digest
  return kind === 'rollout' && subject.digest === digest && predicate['outcome'] === 'rolled-back'
}

/** What the environment's tag must name: the subject of the newest promotion or rollback. Pure. */
export function tagged({ records }: Ledger): VerifiedRecord | undefined {
  return records.findLast(({ kind }) => kind !== 'rollout')
}

/** The promotion of, or rollback to, a subject that is still the environment's newest move. Pure. */
export function standing(ledger: Ledger, digest: string): VerifiedRecord | undefined {
  const newest = tagged(ledger)
  if (newest?.subject.digest !== digest) return undefined
  return notRejected(ledger, digest, newest.predicate.sequence) ? newest : undefined
}
