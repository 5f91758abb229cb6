import { type Digest, splitDigest } from './digest.js'

/**
 * The tag under which a registry without the referrers API keeps the index of a digest's referrers:
 * algorithm cut to 32, hex to 64 characters (distribution-spec 1.1, "Referrers Tag Schema").
 */
export function fallbackTag(digest: Digest): string {
  const { algorithm, hex } = splitDigest(digest)
  return `${algorithm.slice(0, 32)}-${hex.slice(0, 64)}`
}

/** Tags that cosign keeps signatures, attestations and SBOMs under when it does not use referrers. */
export function cosignTags(digest: Digest): string[] {
  const { algorithm, hex } = splitDigest(digest)
  return ['sig', 'att', 'sbom'].map((kind) => `${algorithm}-${hex}.${kind}`)
}
