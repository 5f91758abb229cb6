import { createHash } from 'node:crypto'

/**
 * A finding's fingerprint: SHA-256 over its parts, length-prefixed so that no two lists of parts meet,
 * cut to 128 bits. Pass what identifies the finding and leave out line numbers, which move.
 * @returns 32 lower-case hex digits
 */
export function fingerprint(...parts: readonly string[]): string {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(`${Buffer.byteLength(part)}:${part}`)
  return hash.digest('hex').slice(0, 32)
}
