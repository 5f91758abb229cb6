import { Readable } from 'node:stream'
import { ambiguous, type Issue, malformed, notExamined } from '../issue.js'
import type { Limits } from '../limits.js'
import { type ByteSource, chunks, memorySource } from '../source.js'

export interface TarMember {
  readonly name: string
  readonly content: ByteSource
}

/** Yields the files of a tar, each in memory; what is no file, or too large, goes to `report`. */
export async function* readTar(
  source: ByteSource,
  limits: Limits,
  budget: { bytes: number },
  report: (issue: Issue) => void,
): AsyncGenerator<TarMember> {
  const { extract } = await import('tar-stream')
  const unpack = extract()
  const input = Readable.from(chunks(source))
  input.on('error', (error) => unpack.destroy(error))
  input.pipe(unpack)
  const names = new Set<string>()
  try {
    for await (const entry of unpack) {
      const { name, type, size = 0 } = entry.header
      if (names.has(name)) report(ambiguous('The tar holds this name twice.', { member: name }))
      names.add(name)
      if (names.size > limits.members) {
        report(notExamined(`The tar has more than ${limits.members} members.`))
        return
      }
      const cap = Math.min(limits.memoryBytes, budget.bytes)
      if (type === 'directory') entry.resume()
      else if (type !== 'file') {
        report(notExamined(`The member is a ${type}, which is not followed.`, { member: name }))
        entry.resume()
      } else if (size > cap) {
        report(notExamined(`The member of ${size} bytes is larger than is read.`, { member: name }))
        entry.resume()
      } else {
        const parts: Uint8Array[] = []
        for await (const part of entry as AsyncIterable<Uint8Array>) parts.push(part)
        const bytes = Buffer.concat(parts)
        budget.bytes -= bytes.length
        yield { name, content: memorySource(bytes) }
      }
    }
  } catch {
    report(malformed('The tar is broken; what comes before was examined.'))
  } finally {
    input.destroy()
    unpack.destroy()
  }
}
