import { refusal } from '../refusal.js'
import type { Certified } from './certificate.js'

/** Fulcio's extensions for the source (oid-info.md): repository URL and ref. */
const REPOSITORY = 12
const REF = 14

/**
 * Judges which repository's run signed. Without a repository to compare, only a workflow of the certified repository
 * itself counts: a reusable workflow elsewhere has one identity for all its callers.
 * @throws SluiceError EVIDENCE_REPOSITORY_MISMATCH, EVIDENCE_REF_MISMATCH
 */
export function judgeSource(
  { identity, extensions }: Certified,
  expected: { readonly repository?: string; readonly ref?: string },
): void {
  const repository = extensions.get(REPOSITORY)
  if (expected.repository !== undefined && repository !== expected.repository) {
    throw refusal(
      'EVIDENCE_REPOSITORY_MISMATCH',
      `Signed in a run of ${shown(repository)}; expected one of ${expected.repository}.`,
    )
  }
  if (
    expected.repository === undefined &&
    repository !== undefined &&
    !identity.startsWith(`${repository}/`)
  ) {
    throw refusal(
      'EVIDENCE_REPOSITORY_MISMATCH',
      `Signed by a reusable workflow in a run of ${shown(repository)}, and nothing says which repository may call it.`,
    )
  }
  const ref = extensions.get(REF)
  if (expected.ref !== undefined && ref !== expected.ref) {
    throw refusal('EVIDENCE_REF_MISMATCH', `Signed in a run of ${shown(ref)}; expected ${expected.ref}.`)
  }
}

function shown(text: string | undefined): string {
  return text === undefined ? 'no repository that the certificate names' : JSON.stringify(text).slice(0, 300)
}
