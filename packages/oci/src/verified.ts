import type { Descriptor } from './content.js'
import { hashFor, parseDigest } from './digest.js'
import { digestMismatch, tooLarge } from './faults.js'

/**
 * Passes a stream on while hashing it. Ends in OCI_DIGEST_MISMATCH when digest or size are not the
 * descriptor's; a stream that runs over its size is cut before the surplus is passed on.
 * @param repository names the origin in the error
 */
export async function* verified(
  stream: AsyncIterable<Uint8Array>,
  descriptor: Pick<Descriptor, 'digest' | 'size'>,
  repository: string,
): AsyncGenerator<Uint8Array> {
  const digest = parseDigest(descriptor.digest)
  const hash = hashFor(digest)
  let size = 0
  // The last chunk is held back until the digest is known: a receiver that counts bytes (an upload
  // with Content-Length) then never sees a complete but wrong body.
  let held: Uint8Array | undefined
  for await (const chunk of stream) {
    size += chunk.byteLength
    if (size > descriptor.size) {
      throw digestMismatch(
        repository,
        `over ${descriptor.size} bytes`,
        `${digest} in ${descriptor.size} bytes`,
      )
    }
    hash.update(chunk)
    if (held !== undefined) yield held
    held = chunk
  }
  const found = `${digest.slice(0, digest.indexOf(':'))}:${hash.digest('hex')}`
  if (found !== digest || size !== descriptor.size) {
    throw digestMismatch(repository, `${found} in ${size} bytes`, `${digest} in ${descriptor.size} bytes`)
  }
  if (held !== undefined) yield held
}

/**
 * Reads a stream whole.
 * @param limit bytes
 * @throws SluiceError OCI_TOO_LARGE
 */
export async function collect(
  stream: AsyncIterable<Uint8Array>,
  limit: number,
  what: string,
  repository: string,
): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of stream) {
    size += chunk.byteLength
    if (size > limit) throw tooLarge(repository, what, limit)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}
