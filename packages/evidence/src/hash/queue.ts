import { loadAlgorithm } from './algorithm.js'
import { hashPart, type ListedFile, newBuffer, type Part } from './read.js'
import type { Hashing } from './tree.js'

/** All the work of a pool, and where the next of it is. */
export interface Queue {
  readonly files: readonly ListedFile[]
  readonly parts: readonly Part[]
  readonly hashing: Hashing
  /** Index of the next part that nobody has taken; shared between threads. */
  readonly next: Int32Array<SharedArrayBuffer>
}

/** Digests of the parts that one thread took. Lists side by side, which cross to another thread at little cost. */
export interface Taken {
  readonly parts: number[]
  /** By position in `parts`; empty where SHA-256 of the whole file is not of the part. */
  readonly sha256: string[]
  /** By part, where it has any. */
  readonly ranges: Map<number, readonly string[]>
}

/** Takes parts from the queue until none is left. @throws SluiceError as `hashPart` */
export async function takeParts({ files, parts, hashing, next }: Queue): Promise<Taken> {
  const newHasher = await loadAlgorithm(hashing.algorithm)
  const buffer = newBuffer()
  const taken: Taken = { parts: [], sha256: [], ranges: new Map() }
  for (let index = Atomics.add(next, 0, 1); index < parts.length; index = Atomics.add(next, 0, 1)) {
    const part = parts[index] as Part
    const { sha256 = '', ranges } = hashPart(files[part.file] as ListedFile, part, newHasher, buffer)
    taken.parts.push(index)
    taken.sha256.push(sha256)
    if (ranges.length > 0) taken.ranges.set(index, ranges)
  }
  return taken
}
