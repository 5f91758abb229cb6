import type { SluiceError } from '@sluice/errors'
import type { Queue, Taken } from './queue.js'
import type { ListedFile, Part } from './read.js'

/** Paths hold no NUL. */
const SEPARATOR = '\0'
/** Numbers that identify a file, see `FileIdentity`. */
const FIELDS = 5

/**
 * A queue as it is sent to a worker. A listing of many files as objects costs more to copy from thread to thread than
 * to make; one text and shared numbers cost next to nothing.
 */
export interface Assignment extends Pick<Queue, 'hashing' | 'next'> {
  readonly paths: string
  readonly identities: BigInt64Array<SharedArrayBuffer>
  /** The file of each part. */
  readonly order: Uint32Array<SharedArrayBuffer>
  /** The parts that are not simply the SHA-256 of a whole file, by their index. */
  readonly others: ReadonlyMap<number, Part>
}

/** What a worker answers, once: what it has taken, or why it did not. */
export type Answer = { readonly taken: Taken } | { readonly failed: Failure }

interface Failure {
  readonly code: string
  readonly message: string
  readonly remedy: string
  readonly kind: SluiceError['kind']
}

/** Makes a queue into what can be sent. */
export function pack({ files, parts, hashing, next }: Queue): Assignment {
  const identities = new BigInt64Array(new SharedArrayBuffer(files.length * FIELDS * 8))
  for (const [index, { identity }] of files.entries()) {
    const { dev, ino, size, mtimeNs, ctimeNs } = identity
    identities.set([dev, ino, size, mtimeNs, ctimeNs], index * FIELDS)
  }
  const order = new Uint32Array(new SharedArrayBuffer(parts.length * 4))
  order.set(parts.map(({ file }) => file))
  const others = new Map([...parts.entries()].filter(([, part]) => !part.whole || part.ranges.length > 0))
  return { hashing, next, identities, order, others, paths: files.map(({ path }) => path).join(SEPARATOR) }
}

/** Makes the queue again that was packed. */
export function unpack({ hashing, next, paths, identities, order, others }: Assignment): Queue {
  const files = paths.split(SEPARATOR).map((path, index): ListedFile => {
    const field = (nth: number) => identities[index * FIELDS + nth] ?? 0n
    // Times may lie before 1970; numbers of devices and inodes are not signed.
    const [dev, ino] = [BigInt.asUintN(64, field(0)), BigInt.asUintN(64, field(1))]
    return { path, identity: { dev, ino, size: field(2), mtimeNs: field(3), ctimeNs: field(4) } }
  })
  const parts = [...order].map((file, index): Part => others.get(index) ?? { file, whole: true, ranges: [] })
  return { files, parts, hashing, next }
}
