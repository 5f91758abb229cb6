import type { SluiceError } from '@sluice/errors'
import { loadAlgorithm } from './algorithm.js'
import { hashPart, type ListedFile, newBuffer, type Part, type PartDigests } from './read.js'
import type { Hashing } from './tree.js'

/** What a worker is given: all the work, and where the next of it is. */
export interface Assignment {
  readonly files: readonly ListedFile[]
  readonly parts: readonly Part[]
  readonly hashing: Hashing
  /** Index of the next part that nobody has taken; shared. */
  readonly next: Int32Array<SharedArrayBuffer>
}

/** What a worker answers, once: digests by index of their part, or why there are none. */
export type Answer = { readonly done: readonly Done[] } | Failure

interface Failure {
  readonly failed: {
    readonly code: string
    readonly message: string
    readonly remedy: string
    readonly kind: SluiceError['kind']
  }
}

/** Digests, by the index of their part. */
export type Done = readonly [part: number, digests: PartDigests]

/** Takes parts from the queue until none is left. */
export async function takeParts({ files, parts, hashing, next }: Assignment): Promise<Done[]> {
  const newHasher = await loadAlgorithm(hashing.algorithm)
  const buffer = newBuffer()
  const done: Done[] = []
  for (let index = Atomics.add(next, 0, 1); index < parts.length; index = Atomics.add(next, 0, 1)) {
    const part = parts[index] as Part
    done.push([index, hashPart(files[part.file] as ListedFile, part, newHasher, buffer)])
  }
  return done
}
