import type { ParsedBundle } from '../bundle/bundle.js'
import { PAYLOAD_TYPE } from '../bundle/envelope.js'
import { parseStatement } from '../bundle/statement.js'
import { refusal } from '../refusal.js'
import { DIGESTS_TYPE } from './digests.js'

/**
 * Forms from before the specification, which are read only when a caller names them: `model-signing-0.2` signed another
 * message than DSSE has, so that with it a signature could be read in two ways.
 */
export type Compatibility = 'model-signing-0.2'

/**
 * Chooses the message that a bundle's signature is over, by the type of its statement alone: an old statement by key or
 * chain has the old message and no other, everything else that of DSSE.
 * @throws SluiceError EVIDENCE_OUTDATED for an old statement that is not accepted
 */
export function inItsForm(bundle: ParsedBundle, accepted: readonly Compatibility[]): ParsedBundle {
  if (bundle.payloadType !== PAYLOAD_TYPE || !bundle.payload.includes(DIGESTS_TYPE)) return bundle
  const { predicateType } = parseStatement(bundle.payload)
  judgeForm(predicateType, accepted)
  // With Sigstore, that version signed by Sigstore's own client, which encodes as DSSE does.
  const old = predicateType === DIGESTS_TYPE && bundle.json.verificationMaterial.certificate === undefined
  return old ? { ...bundle, form: 'model-signing-0.2' } : bundle
}

/** @throws SluiceError EVIDENCE_OUTDATED */
export function judgeForm(predicateType: string, accepted: readonly Compatibility[]): void {
  if (predicateType !== DIGESTS_TYPE || accepted.includes('model-signing-0.2')) return
  throw refusal(
    'EVIDENCE_OUTDATED',
    'The model was signed by model_signing 0.2, in a form from before the specification.',
  )
}

/**
 * What model_signing 0.2 signed: `DSSEV1`, and the payload as Python prints bytes (its `pae_compat` says how it came
 * about).
 */
export function outdatedEncoding(payloadType: string, payload: Buffer): Buffer {
  return Buffer.from(
    `DSSEV1 ${Buffer.byteLength(payloadType)} ${payloadType} ${payload.length} ${pythonBytes(payload)}`,
  )
}

/** Bytes as Python's `repr` prints them: `b'…'`, or `b"…"` when there is a `'` and no `"` in them. */
function pythonBytes(bytes: Buffer): string {
  const text = bytes.toString('latin1')
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'"
  const escaped = text.replace(/[\\'\u0000-\u001f\u007f-\u00ff]/g, (character) => {
    if (character === "'" && quote === '"') return character
    return SHORT[character] ?? `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`
  })
  return `b${quote}${escaped}${quote}`
}

const SHORT: Record<string, string> = { '\\': '\\\\', "'": "\\'", '\t': '\\t', '\n': '\\n', '\r': '\\r' }
