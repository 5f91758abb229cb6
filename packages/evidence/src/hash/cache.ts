import { closeSync, constants, fstatSync, openSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import * as v from 'valibot'
import type { FileIdentity } from './identity.js'

/** Bytes of a cache: some 140 an entry, for as many files as a tree may have. */
const SIZE_LIMIT = 64 * 1024 * 1024
/** A write within one tick of the file system's clock leaves the times as they are; no clock ticks more slowly. */
const SETTLED_NS = 2_000_000_000n

const schema = v.strictObject({
  sluiceHashCache: v.literal(1),
  sha256: v.record(
    v.pipe(v.string(), v.regex(/^\d+(?::-?\d+){4}$/)),
    v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/)),
  ),
})

/** SHA-256 by what identifies a file, and why there are none where the cache cannot be used. */
export interface HashCache {
  readonly known: ReadonlyMap<string, string>
  readonly problem?: string
}

/** What a file is filed under: all that a write to it changes. */
export function cacheKey({ dev, ino, size, mtimeNs, ctimeNs }: FileIdentity): string {
  return [dev, ino, size, mtimeNs, ctimeNs].join(':')
}

/**
 * Reads a cache. One that others may write, that is a link, too large or damaged gives nothing, and says why.
 * @param path absolute; that there is no such file is no problem
 */
export function readCache(path: string): HashCache {
  const nothing = (problem?: string): HashCache => ({
    known: new Map(),
    ...(problem === undefined ? {} : { problem }),
  })
  let descriptor: number
  try {
    descriptor = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    return nothing(code === 'ENOENT' ? undefined : `it cannot be opened (${code})`)
  }
  try {
    const stat = fstatSync(descriptor)
    if (!stat.isFile()) return nothing('it is no regular file')
    if (stat.size > SIZE_LIMIT) return nothing(`it has more than ${SIZE_LIMIT} bytes`)
    if (process.getuid !== undefined && (stat.uid !== process.getuid() || (stat.mode & 0o022) !== 0)) {
      return nothing('others than the one who signs may write it')
    }
    const { success, output } = v.safeParse(schema, JSON.parse(readFileSync(descriptor, 'utf8')))
    return success ? { known: new Map(Object.entries(output.sha256)) } : nothing('it is damaged')
  } catch {
    return nothing('it is damaged')
  } finally {
    closeSync(descriptor)
  }
}

/**
 * Writes a cache anew, readable by its owner alone; files that were written just now are left out.
 * @param now nanoseconds since 1970
 * @throws what the file system throws
 */
export function writeCache(
  path: string,
  hashed: readonly { readonly identity: FileIdentity; readonly sha256: string }[],
  now: bigint,
): void {
  const settled = hashed.filter(
    ({ identity }) => now - identity.mtimeNs > SETTLED_NS && now - identity.ctimeNs > SETTLED_NS,
  )
  const sha256 = Object.fromEntries(settled.map(({ identity, sha256 }) => [cacheKey(identity), sha256]))
  const fresh = `${path}.${process.pid}`
  writeFileSync(fresh, JSON.stringify({ sluiceHashCache: 1, sha256 }), { mode: 0o600, flag: 'wx' })
  renameSync(fresh, path)
}
