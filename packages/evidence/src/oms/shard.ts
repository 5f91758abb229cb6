import { malformedManifest } from './malformed.js'

/** What OMS calls a shard where nothing else is said, bytes (OMS v1.0 section 6.3.2). */
export const DEFAULT_SHARD_SIZE = 1_000_000_000

/** A range of a file; `end` is exclusive. */
export interface Shard {
  readonly path: string
  readonly start: number
  readonly end: number
}

/**
 * Reads `path:start:end`, from the right because a path may hold colons. Offsets have one spelling only, so that one
 * shard has one name.
 * @throws SluiceError EVIDENCE_MALFORMED
 */
export function parseShard(name: string): Shard {
  const match = /^(.+):(0|[1-9]\d{0,15}):([1-9]\d{0,15})$/su.exec(name)
  const shard = { path: match?.[1] ?? '', start: Number(match?.[2]), end: Number(match?.[3]) }
  if (match === null || !(shard.start < shard.end && Number.isSafeInteger(shard.end)))
    throw malformedManifest(`${JSON.stringify(name.slice(0, 200))} does not name a shard`)
  return shard
}

/**
 * Whether the shards of one file, in any order, are it from its first byte on without a hole, each of the size but
 * the last.
 */
export function areWhole(shards: readonly Shard[], size: number): boolean {
  const ordered = [...shards].sort((a, b) => a.start - b.start)
  return ordered.every(({ start, end }, index) => {
    if (start !== index * size) return false
    return index === ordered.length - 1 ? end - start <= size : end === start + size
  })
}
