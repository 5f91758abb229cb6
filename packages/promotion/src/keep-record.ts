import { referrersStore, type SerializedBundle, type SignedBy, type Signer } from '@sluice/evidence'
import { digestOf, type Repository } from '@sluice/oci'
import { appendRecord, type NewRecord } from './ledger/append.js'
import { conflict } from './ledger/faults.js'
import { standing } from './ledger/history.js'
import type { Ledger, VerifiedRecord } from './ledger/ledger.js'
import type { LedgerStore } from './ledger/store.js'

export interface Keeping {
  readonly store: LedgerStore
  readonly trusted: readonly SignedBy[]
  /** Holds the subject already; its record becomes a referrer. */
  readonly repository: Repository
  /** The ledger that the decision was made on. */
  readonly ledger: Ledger
  readonly signer: Signer
  readonly now: Date
}

/**
 * Adds a record to the ledger and attaches it to its subject. When the ledger says of this subject what the record
 * would say, that record stands and is attached again: a run that was cut short is finished by repeating it.
 * @throws SluiceError LEDGER_CONFLICT when another writer's record stands in its place; as `appendRecord`
 */
export async function keepRecord(
  record: NewRecord,
  { store, trusted, repository, ledger, signer, now }: Keeping,
): Promise<{ readonly record: VerifiedRecord; readonly isNew: boolean }> {
  const stands = standing(ledger, record.subject.digest)
  const kept = stands ?? (await appendRecord(record, { store, trusted, signer, now, seen: ledger }))
  const bundle = JSON.parse(Buffer.from(kept.bytes).toString('utf8')) as SerializedBundle
  await referrersStore(repository).put(record.subject.digest, bundle)
  const { environment, sequence } = kept.predicate
  const standsNow = await store.read(environment, sequence)
  if (standsNow === undefined || digestOf(standsNow) !== kept.digest)
    throw conflict(store.name, environment, sequence)
  return { record: kept, isNew: stands === undefined }
}
