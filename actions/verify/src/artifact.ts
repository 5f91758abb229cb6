import { isSluiceError } from '@sluice/errors'
import {
  dockerCredentials,
  formatReference,
  openRepository,
  parseReference,
  type Repository,
  selectManifest,
  verifyClosure,
} from '@sluice/oci'
import type { Context } from '@sluice/toolkit'
import { type Finding, fingerprint } from '@sluice/verdict'

/** The faults of content that decide against it; others mean that it could not be read. */
const CHANGED = ['OCI_DIGEST_MISMATCH', 'OCI_CLOSURE_INCOMPLETE']

export interface Artifact {
  readonly name: string
  readonly digest: string
  readonly repository: Repository
  /** That something in it is not what its digest says, or is missing. */
  readonly findings: readonly Finding[]
}

/**
 * Reads an artifact and compares it with its digests: manifests always, every blob's bytes with `content`.
 * @throws SluiceError OCI_*
 */
export async function readArtifact(subject: string, content: boolean, context: Context): Promise<Artifact> {
  const reference = parseReference(subject)
  const repository = await openRepository(reference, {
    fetch: context.fetch,
    resolvePath: (path) => context.workspace.resolve(path),
    credentials: dockerCredentials({ variable: context.variable }),
  })
  const { digest } = await selectManifest(repository, reference)
  const { tag: _tag, digest: _digest, ...bare } = reference
  const artifact = { name: formatReference(bare as typeof reference), digest, repository }
  try {
    await verifyClosure(repository, digest, { content: content ? 'bytes' : 'present' })
    return { ...artifact, findings: [] }
  } catch (error) {
    if (!isSluiceError(error) || !CHANGED.includes(error.code)) throw error
    const finding: Finding = {
      rule: 'verify/content-changed',
      level: 'error',
      message: `${artifact.name}: ${error.message}`,
      fingerprint: fingerprint('verify/content-changed', artifact.name, digest),
      remedy: 'Do not use it. Restore the content from where it was built, and find out who changed it.',
    }
    return { ...artifact, findings: [finding] }
  }
}
