import type { SerializedBundle } from '@sluice/evidence'

/** More records than this in one environment are refused before they are read. */
export const RECORDS_LIMIT = 10_000
/** Bytes of one record. */
export const RECORD_LIMIT = 1024 * 1024

/** A record as stored; nothing in it has been verified. */
export interface StoredRecord {
  readonly sequence: number
  readonly bytes: Uint8Array
  /** As a person would look for it. */
  readonly location: string
}

/** Where the records of environments are kept. */
export interface LedgerStore {
  readonly name: string
  /**
   * Records of one environment in the order of their sequence numbers.
   * @throws SluiceError LEDGER_UNREADABLE, LEDGER_TOO_LARGE
   */
  list(environment: string): Promise<StoredRecord[]>
  /**
   * Adds a record under a sequence number that nobody has taken.
   * @returns its location
   * @throws SluiceError LEDGER_CONFLICT when another writer took the number, LEDGER_UNWRITABLE
   */
  create(environment: string, sequence: number, bundle: SerializedBundle): Promise<string>
  /**
   * The record under a sequence number as it is now, for a writer to see that its own still stands.
   * @throws SluiceError LEDGER_UNREADABLE, LEDGER_TOO_LARGE
   */
  read(environment: string, sequence: number): Promise<Uint8Array | undefined>
}
