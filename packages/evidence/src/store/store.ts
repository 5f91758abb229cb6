import type { SerializedBundle } from '../bundle/bundle.js'

/** A subject with more bundles than this is refused: what is read for one decision stays bounded. */
export const BUNDLES_LIMIT = 256
/** All bundles of one subject together, bytes. */
export const TOTAL_LIMIT = 128 * 1024 * 1024

/** A bundle as it was stored; nothing in it has been verified. */
export interface StoredBundle {
  readonly bytes: Uint8Array
  /** `sha256:<hex>` of the bytes. */
  readonly digest: string
  /** Where it is, as a person would look for it. */
  readonly location: string
}

/** Where the evidence of subjects is kept. */
export interface EvidenceStore {
  /** `folder .sluice/evidence` or `referrers of 127.0.0.1:5000/dev/flight-delays` */
  readonly name: string
  /**
   * Keeps a bundle with its subject, `sha256:<hex>`. Putting the same bundle again changes nothing.
   * @throws SluiceError STORE_*
   */
  put(subject: string, bundle: SerializedBundle): Promise<StoredBundle>
  /**
   * Everything kept with a subject, in a stable order; empty when there is none.
   * @throws SluiceError EVIDENCE_TOO_MANY, EVIDENCE_TOO_LARGE; of kind `surroundings` when it cannot be read in full
   */
  list(subject: string): Promise<StoredBundle[]>
}
