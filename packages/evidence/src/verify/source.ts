import { refusal } from '../refusal.js'
import type { Certified } from './certificate.js'

/** Fulcio's extensions for the source (oid-info.md). */
const SIGNER_DIGEST = 10
const RUNNER = 11
const REPOSITORY = 12
const COMMIT = 13
const REF = 14

/** In whose run, of what, and where a keyless signature must have been made; what is left out is not compared. */
export interface SourceExpectation {
  /**
   * URL of the repository whose run signed, as certified. A reusable workflow signs by its own name for every
   * repository that calls it, so there it must be named; the identity alone would let in any caller.
   */
  readonly repository?: string
  /** Ref of that repository, such as `refs/heads/main`. */
  readonly ref?: string
  /** Commit of that repository. */
  readonly commit?: string
  /** Commit of the workflow that signed, which a reusable one has of its own. */
  readonly signerWorkflowDigest?: string
  /** `hosted` takes runners that GitHub hosts alone. */
  readonly runner?: 'hosted' | 'any'
}

/**
 * Judges which repository's run signed. Without a repository to compare, only a workflow of the certified repository
 * itself counts: a reusable workflow elsewhere has one identity for all its callers.
 * @throws SluiceError EVIDENCE_REPOSITORY_MISMATCH, EVIDENCE_REF_MISMATCH, EVIDENCE_COMMIT_MISMATCH,
 *   EVIDENCE_WORKFLOW_DIGEST_MISMATCH, EVIDENCE_RUNNER_MISMATCH
 */
export function judgeSource({ identity, extensions }: Certified, expected: SourceExpectation): void {
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
    throw refusal(
      'EVIDENCE_REF_MISMATCH',
      `Signed in a run of ${shown(ref, 'ref')}; expected ${expected.ref}.`,
    )
  }
  const commit = extensions.get(COMMIT)
  if (expected.commit !== undefined && commit !== expected.commit) {
    throw refusal(
      'EVIDENCE_COMMIT_MISMATCH',
      `Signed in a run of ${shown(commit, 'commit')}; expected ${expected.commit}.`,
    )
  }
  const digest = extensions.get(SIGNER_DIGEST)
  if (expected.signerWorkflowDigest !== undefined && digest !== expected.signerWorkflowDigest) {
    throw refusal(
      'EVIDENCE_WORKFLOW_DIGEST_MISMATCH',
      `Signed by the workflow as of ${shown(digest, 'commit')}; expected ${expected.signerWorkflowDigest}.`,
    )
  }
  const runner = extensions.get(RUNNER)
  if (expected.runner === 'hosted' && runner !== 'github-hosted') {
    throw refusal(
      'EVIDENCE_RUNNER_MISMATCH',
      `Signed on ${shown(runner, 'runner')}; expected one that is github-hosted.`,
    )
  }
}

function shown(text: string | undefined, what = 'repository'): string {
  return text === undefined ? `no ${what} that the certificate names` : JSON.stringify(text).slice(0, 300)
}
