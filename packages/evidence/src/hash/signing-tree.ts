import { cacheKey, readCache, writeCache } from './cache.js'
import { listTree } from './list.js'
import { type FileDigests, hashFiles } from './pool.js'
import {
  DEFAULT_IGNORES,
  type HashedTree,
  type HashOptions,
  hashingOf,
  hashTree,
  isWhole,
  treeOf,
} from './tree.js'

/** Where digests of files are kept from one signing to the next. */
export interface CacheOptions {
  /** Absolute path of the cache. */
  readonly path: string
  /** Told why a cache is not used or not written. */
  readonly warn: (text: string) => void
}

/**
 * As `hashTree`, for who signs: files that the cache knows, by their inode, size and times, are not read again. Never
 * for verification: whoever can write the cache says what a file hashes to.
 *
 * Only SHA-256 of whole files is kept; by another hash or in shards every file is read.
 * @throws SluiceError as `hashTree`
 */
export async function hashTreeForSigning(
  root: string,
  options: HashOptions,
  cache: CacheOptions,
): Promise<HashedTree> {
  if (!isWhole(hashingOf(options))) return hashTree(root, options)
  const listing = listTree(root, options.ignore ?? DEFAULT_IGNORES)
  const { known, problem } = readCache(cache.path)
  if (problem !== undefined) cache.warn(`The hash cache is not used: ${problem}.`)
  const digests = listing.files.map(({ identity }) => known.get(cacheKey(identity)))
  const unknown = listing.files.filter((_, index) => digests[index] === undefined)
  const fresh = (await hashFiles(unknown, hashingOf(options), options.workers)).values()
  const hashed = digests.map(
    (sha256): FileDigests => ({
      sha256: sha256 ?? fresh.next().value?.sha256 ?? '',
      ranges: [],
    }),
  )
  try {
    const entries = listing.files.map(({ identity }, index) => ({
      identity,
      sha256: hashed[index]?.sha256 ?? '',
    }))
    writeCache(cache.path, entries, BigInt(Date.now()) * 1_000_000n)
  } catch (error) {
    cache.warn(`The hash cache is not written (${(error as NodeJS.ErrnoException).code}).`)
  }
  return treeOf(listing, options, hashed)
}
