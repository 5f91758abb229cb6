import { createHash, type Hash } from 'node:crypto'
import { SluiceError } from '@sluice/errors'

declare const brand: unique symbol

/**
 * A content digest: `sha256:` and 64, or `sha512:` and 128 lower-case hex digits
 * (image-spec 1.1, descriptor.md, registered algorithms). Sluice itself only makes sha256.
 */
export type Digest = string & { readonly [brand]: 'Digest' }

const DIGEST = /^(?:sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$/

/** Whether `text` is a digest that `parseDigest` accepts. */
export function isDigest(text: string): text is Digest {
  return DIGEST.test(text)
}

/** @throws SluiceError DIGEST_MALFORMED when `text` is no sha256 or sha512 digest */
export function parseDigest(text: string): Digest {
  if (isDigest(text)) return text
  throw new SluiceError(
    'DIGEST_MALFORMED',
    `"${text.slice(0, 160)}" is not a digest; expected sha256:<64 lower-case hex digits>.`,
    {
      remedy: 'Copy the digest as the registry or the build printed it, with its algorithm and in full.',
    },
  )
}

/** The sha256 digest of bytes that are at hand. */
export function digestOf(bytes: Uint8Array | string): Digest {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}` as Digest
}

/** `sha256` and the hex digits apart. */
export function splitDigest(digest: Digest): {
  readonly algorithm: 'sha256' | 'sha512'
  readonly hex: string
} {
  const at = digest.indexOf(':')
  return { algorithm: digest.slice(0, at) as 'sha256' | 'sha512', hex: digest.slice(at + 1) }
}

/** Hashes in the algorithm of `digest`, to be compared with it at the end. */
export function hashFor(digest: Digest): Hash {
  return createHash(splitDigest(digest).algorithm)
}
