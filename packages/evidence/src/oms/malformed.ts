import { refusal } from '../refusal.js'

/** The refusal of a manifest that does not agree with its format or with itself. */
export function malformedManifest(why: string): Error {
  return refusal('EVIDENCE_MALFORMED', `The model manifest cannot be used: ${why}.`)
}
