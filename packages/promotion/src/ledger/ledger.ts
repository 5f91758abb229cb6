import { isSluiceError } from '@sluice/errors'
import { type SignedBy, type VerifiedEvidence, verifySignature } from '@sluice/evidence'
import { digestOf } from '@sluice/oci'
import { signerText } from '../policy/policy.js'
import { broken } from './faults.js'
import { type LedgerRecord, readRecord } from './record.js'
import type { LedgerStore, StoredRecord } from './store.js'

/** A record whose signature and place in the chain hold. */
export interface VerifiedRecord extends LedgerRecord {
  /** `sha256:<hex>` of the bundle as stored: what the next record names. */
  readonly digest: string
  /** As stored. */
  readonly bytes: Uint8Array
  /** On whose word: `key <hint>` or `<identity> (<issuer>)`. */
  readonly signer: string
  readonly location: string
}

/** All records of one environment, oldest first. */
export interface Ledger {
  readonly environment: string
  readonly records: readonly VerifiedRecord[]
}

/**
 * Reads an environment's ledger and verifies all of it: each record signed by one of `trusted`, numbered without a gap
 * from 1, naming the digest of the record before it, about this environment, and not older than it. What cannot be
 * seen from the ledger alone is that its newest records were removed; see `requireAgreement`.
 * @throws SluiceError LEDGER_BROKEN (refused) for the first record that does not hold; as the store
 */
export async function readLedger(
  store: LedgerStore,
  environment: string,
  trusted: readonly SignedBy[],
): Promise<Ledger> {
  const records: VerifiedRecord[] = []
  for (const stored of await store.list(environment)) {
    const record = await verifyRecord(store, environment, stored, trusted)
    const flaw = flawOf(record, stored.sequence, records.at(-1), environment)
    if (flaw !== undefined) throw broken(store.name, environment, `${stored.location} ${flaw}`)
    records.push(record)
  }
  return { environment, records }
}

async function verifyRecord(
  store: LedgerStore,
  environment: string,
  { bytes, location }: StoredRecord,
  trusted: readonly SignedBy[],
): Promise<VerifiedRecord> {
  const evidence = await signedByOneOf(bytes, trusted)
  if ('because' in evidence) {
    throw broken(
      store.name,
      environment,
      `${location} is not signed by whom sluice.yaml trusts (${evidence.because})`,
    )
  }
  const record = readRecord(evidence.statement)
  if ('because' in record)
    throw broken(store.name, environment, `${location} is no record: ${record.because}`)
  return { ...record, bytes, digest: digestOf(bytes), signer: signerText(evidence.signer), location }
}

/** The verified content of a bundle, or why none of `trusted` signed it. */
export async function signedByOneOf(
  bytes: Uint8Array,
  trusted: readonly SignedBy[],
): Promise<VerifiedEvidence | { readonly because: string }> {
  let because = 'nobody is trusted'
  for (const signedBy of trusted) {
    try {
      return await verifySignature(bytes, signedBy)
    } catch (error) {
      if (!isSluiceError(error) || error.kind !== 'refused') throw error
      because = `${error.code}: ${error.message}`
    }
  }
  return { because }
}

/** What is wrong with a record's place in the chain. Pure. */
function flawOf(
  { predicate }: VerifiedRecord,
  sequence: number,
  before: VerifiedRecord | undefined,
  environment: string,
): string | undefined {
  const expected = (before?.predicate.sequence ?? 0) + 1
  if (predicate.environment !== environment) return `is about \`${predicate.environment}\``
  if (sequence !== expected) return `follows a gap: record ${expected} is missing`
  if (predicate.sequence !== sequence) return `says that it is record ${predicate.sequence}`
  if (predicate.previousRecord !== (before?.digest ?? null))
    return 'does not follow the record before it, which was changed or replaced'
  if (before !== undefined && Date.parse(predicate.createdAt) < Date.parse(before.predicate.createdAt)) {
    return 'is older than the record before it'
  }
  return undefined
}
