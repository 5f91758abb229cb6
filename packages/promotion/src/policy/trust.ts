import { publicTrustRoot, readPublicKey, readTrustRoot, type SignedBy } from '@sluice/evidence'
import { parseDuration } from '../duration.js'
import type { Requirement, TrustedSigner } from '../section.js'
import type { ResolvedRequirement } from './policy.js'

/** What reading keys and trust roots needs of a workspace. */
export interface TrustSource {
  /** UTF-8. */
  readText(file: string, limit?: number): Promise<string>
}

const KEY_LIMIT = 64 * 1024
const ROOT_LIMIT = 4 * 1024 * 1024

/** What trust is read from, and the trust root for identities: the public Sigstore's unless `signing` names one. */
export interface TrustEdge {
  readonly source: TrustSource
  /** `signing.trustedRoot` of sluice.yaml. */
  readonly trustedRoot?: string | undefined
}

/**
 * Reads what a signer's name in sluice.yaml stands for.
 * @throws SluiceError VERIFY_KEY_UNREADABLE, TRUST_ROOT_MALFORMED, and as the source
 */
export async function resolveSigner(
  signer: TrustedSigner,
  { source, trustedRoot }: TrustEdge,
): Promise<SignedBy> {
  if ('key' in signer) {
    const key = await source.readText(signer.key, KEY_LIMIT)
    readPublicKey(key)
    return { key }
  }
  const trustRoot =
    trustedRoot === undefined
      ? await publicTrustRoot()
      : await readTrustRoot(await source.readText(trustedRoot, ROOT_LIMIT))
  const { identity, issuer, repository, ref } = signer
  return {
    identity,
    issuer,
    trustRoot,
    ...(repository === undefined ? {} : { repository }),
    ...(ref === undefined ? {} : { ref }),
  }
}

export async function resolveSigners(
  signers: readonly TrustedSigner[],
  edge: TrustEdge,
): Promise<SignedBy[]> {
  return await Promise.all(signers.map((signer) => resolveSigner(signer, edge)))
}

/**
 * @param age `ignore` leaves `maxAge` out: a rollback goes to what was fresh when it was promoted, as its record
 *   proves, and must not be kept from an emergency by the calendar
 */
export async function resolveRequirements(
  requirements: readonly Requirement[],
  edge: TrustEdge,
  age: 'require' | 'ignore' = 'require',
): Promise<ResolvedRequirement[]> {
  return await Promise.all(
    requirements.map(async ({ predicate, check, signedBy, maxAge, when }) => {
      const seconds = age === 'ignore' || maxAge === undefined ? undefined : parseDuration(maxAge)
      return {
        predicate,
        signedBy: await resolveSigner(signedBy, edge),
        ...(check === undefined ? {} : { check }),
        ...(seconds === undefined ? {} : { maxAgeSeconds: seconds }),
        ...(when === undefined ? {} : { when }),
      }
    }),
  )
}
