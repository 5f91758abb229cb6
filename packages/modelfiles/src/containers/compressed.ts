import type { Transform } from 'node:stream'
import { createGunzip, createInflate, createZstdDecompress } from 'node:zlib'
import { type Issue, malformed, notExamined } from '../issue.js'
import type { Limits } from '../limits.js'
import { type ByteSource, chunks, memorySource } from '../source.js'

const MiB = 1024 * 1024
const DECODERS: Readonly<Record<'gzip' | 'zlib' | 'zstd', () => Transform>> = {
  gzip: createGunzip,
  zlib: createInflate,
  zstd: createZstdDecompress,
}

/**
 * Decompresses a whole stream within the caps. What came out before a fault is returned with the fault: an
 * unpickler reads it before it meets the fault.
 */
export async function decompress(
  source: ByteSource,
  format: keyof typeof DECODERS,
  limits: Limits,
  budget: { bytes: number },
): Promise<{ readonly content: ByteSource; readonly issues: readonly Issue[] }> {
  const cap = Math.min(limits.memoryBytes, budget.bytes, Math.max(MiB, source.size * limits.ratio))
  const decoder = DECODERS[format]()
  const parts: Uint8Array[] = []
  let total = 0
  let consumed = 0
  const issues: Issue[] = []
  const feed = async () => {
    try {
      for await (const chunk of chunks(source)) {
        if (decoder.destroyed) return
        consumed += chunk.length
        if (!decoder.write(chunk))
          await new Promise((resolve) => decoder.once('drain', resolve).once('close', resolve))
      }
      decoder.end()
    } catch (error) {
      decoder.destroy(error as Error)
    }
  }
  const feeding = feed()
  try {
    for await (const part of decoder as AsyncIterable<Uint8Array>) {
      total += part.length
      if (total > cap) {
        issues.push(notExamined(`It expands to more than ${cap} bytes; only those were examined.`))
        break
      }
      parts.push(part)
    }
  } catch {
    issues.push(malformed(`The ${format} stream is broken; what comes before was examined.`))
  }
  decoder.destroy()
  await feeding
  if (issues.length === 0 && consumed < source.size) {
    issues.push(notExamined(`Bytes follow the ${format} stream.`))
  }
  const content = Buffer.concat(parts)
  budget.bytes -= content.length
  return { content: memorySource(content), issues }
}
