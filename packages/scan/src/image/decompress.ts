import type { Transform } from 'node:stream'
import { createGunzip, createZstdDecompress } from 'node:zlib'

/**
 * The bytes of a layer uncompressed. What it is compressed with is told from its first bytes, since media types
 * are only claims. The source is always read to its end, where its digest is checked.
 * @throws what the source throws; zlib's error for a broken stream
 */
export async function* decompressLayer(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const input = source[Symbol.asyncIterator]()
  const head: Uint8Array[] = []
  let length = 0
  while (length < 4) {
    const next = await input.next()
    if (next.done) break
    head.push(next.value)
    length += next.value.length
  }
  const start = Buffer.concat(head)
  const rest: AsyncIterable<Uint8Array> = { [Symbol.asyncIterator]: () => input }
  const decoder = decoderOf(start)
  if (decoder === undefined) {
    yield start
    yield* rest
    return
  }
  const reader = { gone: false }
  const feeding = feed(decoder, start, rest, reader)
  // An error of the source reaches the reader through the decoder; this keeps it from being unhandled.
  feeding.catch(() => {})
  let ended = false
  try {
    yield* decoder as AsyncIterable<Uint8Array>
    ended = true
  } finally {
    reader.gone = !ended
    decoder.destroy()
  }
  await feeding
}

function decoderOf(start: Uint8Array): Transform | undefined {
  if (start[0] === 0x1f && start[1] === 0x8b) return createGunzip()
  const zstd = start[0] === 0x28 && start[1] === 0xb5 && start[2] === 0x2f && start[3] === 0xfd
  return zstd ? createZstdDecompress() : undefined
}

async function feed(
  decoder: Transform,
  start: Uint8Array,
  rest: AsyncIterable<Uint8Array>,
  reader: { readonly gone: boolean },
): Promise<void> {
  const write = async (chunk: Uint8Array) => {
    if (decoder.destroyed || decoder.writableEnded || decoder.write(chunk)) return
    await new Promise((resolve) => decoder.once('drain', resolve).once('close', resolve))
  }
  try {
    await write(start)
    for await (const chunk of rest) {
      if (reader.gone) return
      await write(chunk)
    }
    decoder.end()
  } catch (error) {
    decoder.destroy(error as Error)
    throw error
  }
}
