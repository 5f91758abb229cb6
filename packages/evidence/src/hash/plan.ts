import { tooMany } from './fault.js'
import type { ListedFile, Part, Range } from './read.js'
import type { Hashing } from './tree.js'

/** More resources than any manifest that is read here may list. */
const RESOURCE_LIMIT = 1_000_000
/** Seconds of one core a byte and a file cost: 1.5 GB/s, and opening, checking and closing (Zen 3, Node 24). */
const PER_BYTE = 1 / 1.5e9
const PER_FILE = 20e-6

/**
 * What is to be read, the most work first, so that no core is left alone with a large file at the end.
 *
 * SHA-256 of a whole file is serial, and so is every other hash of it. A file that is more than its share is therefore
 * split where more than that one hash is wanted: into its SHA-256 and its shards (or its other hash), each read for
 * itself. Every other file is one part, hashed in all ways from one reading.
 * @param workers how many share the work, at least 1
 * @throws SluiceError HASH_TOO_MANY
 */
export function planParts(files: readonly ListedFile[], hashing: Hashing, workers: number): Part[] {
  const sizes = files.map(({ identity }) => Number(identity.size))
  const total = sizes.reduce((sum, size) => sum + size, 0)
  const { algorithm, shardSize } = hashing
  const alone = algorithm === 'sha256' && shardSize === undefined
  if (shardSize !== undefined && total / shardSize + files.length > RESOURCE_LIMIT) {
    throw tooMany(`would be hashed in more than ${RESOURCE_LIMIT} shards`)
  }
  const parts = sizes.flatMap((size, file): Part[] => {
    if (alone) return [{ file, whole: true, ranges: [] }]
    const ranges = rangesOf(size, shardSize)
    if (workers === 1 || size <= total / workers) return [{ file, whole: true, ranges }]
    return [
      { file, whole: true, ranges: [] },
      ...ranges.map((range): Part => ({ file, whole: false, ranges: [range] })),
    ]
  })
  const costs = new Map(parts.map((part) => [part, costOf(part, sizes[part.file] ?? 0)]))
  return parts.sort((a, b) => (costs.get(b) ?? 0) - (costs.get(a) ?? 0))
}

/** About how long the parts take one core, in seconds. */
export function estimateSeconds(files: readonly ListedFile[], parts: readonly Part[]): number {
  return parts.reduce((sum, part) => sum + costOf(part, Number(files[part.file]?.identity.size)), 0)
}

/** About how long a file takes one core that is hashed in one way, in seconds. @param size bytes */
export function secondsFor(size: number): number {
  return PER_FILE + PER_BYTE * size
}

function costOf({ whole, ranges }: Part, size: number): number {
  const ranged = ranges.reduce((sum, [start, end]) => sum + end - start, 0)
  return secondsFor(ranged + (whole ? size : 0))
}

/** The whole file, or its shards; an empty file has none. */
function rangesOf(size: number, shardSize: number | undefined): Range[] {
  if (shardSize === undefined) return [[0, size]]
  const ranges: Range[] = []
  for (let start = 0; start < size; start += shardSize)
    ranges.push([start, Math.min(size, start + shardSize)])
  return ranges
}
