import type { Statement } from '@sluice/verdict'
import { malformedManifest } from './malformed.js'

/** What model_signing 0.2 wrote, before there was a specification: each file a subject. */
export const DIGESTS_TYPE = 'https://model_signing/Digests/v0.1'

/**
 * The files of a manifest of model_signing 0.2, from its subjects.
 * @throws SluiceError EVIDENCE_MALFORMED
 */
export function readDigests(statement: Statement): { readonly name: string; readonly digest: string }[] {
  return statement.subject.map(({ name, digest }) => {
    const { sha256 } = digest
    if (sha256 === undefined || !/^[0-9a-f]{64}$/.test(sha256)) {
      throw malformedManifest(`${JSON.stringify(name.slice(0, 200))} has no SHA-256`)
    }
    return { name, digest: sha256 }
  })
}
