import { SluiceError } from '@sluice/errors'
import {
  bundleBytes,
  type SerializedBundle,
  type SignedBy,
  type Signer,
  signStatement,
} from '@sluice/evidence'
import { digestOf } from '@sluice/oci'
import { statement } from '@sluice/verdict'
import { signerText } from '../policy/policy.js'
import { broken } from './faults.js'
import { serving } from './history.js'
import { type Ledger, readLedger, signedByOneOf, type VerifiedRecord } from './ledger.js'
import {
  RECORD_TYPES,
  type RecordKind,
  type RecordPredicate,
  type RecordSubject,
  recordStatement,
} from './record.js'
import type { LedgerStore } from './store.js'

/** What a record is to say; its place in the chain is found by `appendRecord`. */
export interface NewRecord {
  readonly kind: RecordKind
  readonly environment: string
  readonly subject: RecordSubject
  /** What serves once the record is written: a rollout that was undone names the old subject. */
  readonly serving: RecordSubject | null
  readonly evidence: RecordPredicate['evidence']
  /** Who ran it, as flat texts: `runOf` makes them of a run. */
  readonly run: Readonly<Record<string, string>>
  /** Members of the kind's own, such as `outcome` and `steps` of a rollout. */
  readonly details?: Readonly<Record<string, unknown>>
}

export interface Append {
  readonly store: LedgerStore
  /** Whose records count; the signer must be among them, or nobody would believe the new one. */
  readonly trusted: readonly SignedBy[]
  readonly signer: Signer
  readonly now: Date
  /** The ledger that the decision was made on. When another record came since, the append is refused. */
  readonly seen?: Ledger
}

/** A record that was written. */
export interface AppendedRecord extends VerifiedRecord {
  readonly bundle: SerializedBundle
}

/**
 * Signs a record and adds it to the ledger, as one step: the signature is verified as a later reader will before
 * anything is written, and the sequence number is taken exclusively.
 * @throws SluiceError LEDGER_CONFLICT when another writer was first, LEDGER_BROKEN, LEDGER_SIGNER, SIGN_*
 */
export async function appendRecord(record: NewRecord, append: Append): Promise<AppendedRecord> {
  const { store, trusted, signer, now } = append
  const { environment, kind, subject, evidence, run, details } = record
  const ledger = append.seen ?? (await readLedger(store, environment, trusted))
  const before = ledger.records.at(-1)
  const predicate: RecordPredicate = {
    ...details,
    environment,
    sequence: (before?.predicate.sequence ?? 0) + 1,
    previousRecord: before?.digest ?? null,
    previousSubject: serving(ledger),
    serving: record.serving,
    createdAt: now.toISOString(),
    run: { ...run },
    evidence,
  }
  if (before !== undefined && now.getTime() < Date.parse(before.predicate.createdAt)) {
    throw broken(
      store.name,
      environment,
      `its newest record is from ${before.predicate.createdAt}, after now (${predicate.createdAt})`,
    )
  }
  const bundle = await signStatement(recordStatement({ kind, subject, predicate }), signer)
  const bytes = bundleBytes(bundle)
  const verified = await signedByOneOf(bytes, trusted)
  if ('because' in verified) throw disbelieved(signer, environment, verified.because)
  const location = await store.create(environment, predicate.sequence, bundle)
  const signedBy = signerText(verified.signer)
  return { kind, subject, predicate, bytes, digest: digestOf(bytes), signer: signedBy, location, bundle }
}

/**
 * Holds that a record of this signer would be believed, before anything is done that the record is to account for.
 * For keys only: what an identity signs is public for good, and `appendRecord` verifies it before it writes.
 * @throws SluiceError LEDGER_SIGNER, SIGN_*
 */
export async function probeSigner(
  { kind, environment, subject }: NewRecord,
  { trusted, signer }: Pick<Append, 'trusted' | 'signer'>,
): Promise<void> {
  const probe = await signStatement(statement(subject, RECORD_TYPES[kind], {}), signer)
  const verified = await signedByOneOf(bundleBytes(probe), trusted)
  if ('because' in verified) throw disbelieved(signer, environment, verified.because)
}

function disbelieved(signer: Signer, environment: string, because: string): SluiceError {
  return new SluiceError(
    'LEDGER_SIGNER',
    `A record signed by ${signer.description} would not be trusted in \`${environment}\` (${because})`,
    { remedy: 'Sign with one of `recordsSignedBy` of the environment, or add this signer there.' },
  )
}
