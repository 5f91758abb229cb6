import type { Statement } from '@sluice/verdict'
import type { SerializedBundle } from '../bundle/bundle.js'
import { PAYLOAD_TYPE } from '../bundle/envelope.js'
import { parseStatement } from '../bundle/statement.js'

/** Signs payloads into bundles: by key, by a certificate of one's own authority, or keyless by an identity token. */
export interface Signer {
  /** Who will have signed, as a person reads it: `key 3f2a…` or `an identity of https://fulcio…`. */
  readonly description: string
  /** What whoever signs so should know. */
  readonly warning?: string
  /** @throws SluiceError SIGN_* of kind `surroundings` when a service fails; nothing is stored before it returns */
  sign(payloadType: string, payload: Uint8Array): Promise<SerializedBundle>
}

/**
 * Signs a statement as compact JSON; the signature covers these bytes, which are never serialised again.
 * @throws SluiceError EVIDENCE_MALFORMED when it is no statement that the verifier would read; SIGN_*
 */
export async function signStatement(statement: Statement, signer: Signer): Promise<SerializedBundle> {
  const payload = Buffer.from(JSON.stringify(statement))
  parseStatement(payload)
  return signer.sign(PAYLOAD_TYPE, payload)
}
