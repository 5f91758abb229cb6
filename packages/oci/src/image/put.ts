import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { SluiceError } from '@sluice/errors'
import type { Descriptor, Repository } from '../content.js'
import { digestOf } from '../digest.js'

/** Content that is at hand, or the path of a file that holds it. */
export type Content = Uint8Array | { readonly file: string }

/** Puts bytes as a blob and returns their descriptor. */
export async function putBytes(
  repository: Repository,
  bytes: Uint8Array,
  mediaType: string,
  annotations?: Readonly<Record<string, string>>,
): Promise<Descriptor> {
  return await putContent(repository, bytes, mediaType, annotations)
}

/**
 * Puts bytes or a file as a blob; a file is read twice, once to hash and once to send, and never held whole.
 * @throws SluiceError OCI_FILE_UNREADABLE; OCI_DIGEST_MISMATCH when the file changes meanwhile
 */
export async function putContent(
  repository: Repository,
  content: Content,
  mediaType: string,
  annotations?: Readonly<Record<string, string>>,
): Promise<Descriptor> {
  const open = () => (content instanceof Uint8Array ? once(content) : readFile(content.file))
  const measured =
    content instanceof Uint8Array
      ? { digest: digestOf(content), size: content.byteLength }
      : await measure(open())
  const descriptor = { mediaType, ...measured, ...(annotations === undefined ? {} : { annotations }) }
  await repository.putBlob(descriptor, open)
  return descriptor
}

/** Digest and size of a stream. */
export async function measure(
  stream: AsyncIterable<Uint8Array>,
): Promise<{ readonly digest: string; readonly size: number }> {
  const hash = createHash('sha256')
  let size = 0
  for await (const chunk of stream) {
    hash.update(chunk)
    size += chunk.byteLength
  }
  return { digest: `sha256:${hash.digest('hex')}`, size }
}

/** @throws SluiceError OCI_FILE_UNREADABLE */
export async function* readFile(file: string): AsyncGenerator<Uint8Array> {
  try {
    yield* createReadStream(file, { highWaterMark: 256 * 1024 })
  } catch (cause) {
    throw new SluiceError(
      'OCI_FILE_UNREADABLE',
      `${file} cannot be read; it should become part of an artifact.`,
      {
        cause,
        remedy: 'Check that the file exists and may be read.',
      },
    )
  }
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}
