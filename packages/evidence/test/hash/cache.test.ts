import { createHash } from 'node:crypto'
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, describe, expect, test } from 'vitest'
import { cacheKey, readCache, writeCache } from '../../src/hash/cache.js'
import { listTree } from '../../src/hash/list.js'
import { hashTree, hashTreeForSigning, requireUnchanged } from '../../src/index.js'

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')

let home: string
let root: string
let cache: string
let warnings: string[]
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'sluice-cache-'))
  root = join(home, 'model')
  cache = join(home, 'cache.json')
  warnings = []
  mkdirSync(root)
  writeFileSync(join(root, 'w'), 'weights')
  writeFileSync(join(root, 'c'), '{}')
})
const signing = (options = {}) =>
  hashTreeForSigning(root, options, { path: cache, warn: (text) => warnings.push(text) })
const identityOf = (name: string) =>
  listTree(root, []).files.find(({ path }) => path.endsWith(name))?.identity ?? expect.fail('not listed')
const later = () => BigInt(Date.now() + 10_000) * 1_000_000n

/** A cache that says `text` is what a file holds. */
function claim(name: string, text: string): void {
  writeCache(cache, [{ identity: identityOf(name), sha256: sha256(text) }], later())
}

describe('a cache of digests', () => {
  test('is believed for a file that is the same, and for no other', async () => {
    claim('w', 'what the cache says')
    const tree = await signing()
    expect(tree.files.map((file) => file.sha256)).toEqual([sha256('{}'), sha256('what the cache says')])
    writeFileSync(join(root, 'w'), 'WEIGHTS')
    utimesSync(join(root, 'w'), new Date(1e12), new Date(1e12))
    expect((await signing()).digest).toBe((await hashTree(root)).digest)
    expect(warnings).toEqual([])
  })

  test('says nothing to who verifies', async () => {
    const before = await hashTree(root)
    claim('w', 'what the cache says')
    expect((await signing()).digest).not.toBe(before.digest)
    expect(await hashTree(root)).toEqual(before)
  })

  test('does not keep a file that was written just now, whose times the next write might not move', async () => {
    await signing()
    expect(readCache(cache)).toEqual({ known: new Map() })
    writeCache(cache, [{ identity: identityOf('w'), sha256: sha256('weights') }], later())
    expect(readCache(cache).known).toEqual(new Map([[cacheKey(identityOf('w')), sha256('weights')]]))
    expect(statSync(cache).mode & 0o777).toBe(0o600)
  })

  test('is of SHA-256 of whole files only', async () => {
    claim('w', 'what the cache says')
    await expect(signing({ shardSize: 4 })).resolves.toEqual(await hashTree(root, { shardSize: 4 }))
    await expect(signing({ algorithm: 'blake2b' })).resolves.toEqual(
      await hashTree(root, { algorithm: 'blake2b' }),
    )
  })

  const good = () => readFileSync(cache, 'utf8')
  test.each<[string, string, () => void]>([
    ['which others may write', 'others', () => chmodSync(cache, 0o666)],
    [
      'that is a link',
      'ELOOP',
      () => {
        const elsewhere = join(home, 'elsewhere.json')
        writeFileSync(elsewhere, good(), { mode: 0o600 })
        writeFileSync(cache, '')
        cache = join(home, 'link.json')
        symlinkSync(elsewhere, cache)
      },
    ],
    [
      'that is a folder',
      'regular file',
      () => {
        cache = join(home, 'folder')
        mkdirSync(cache)
      },
    ],
    ['cut short', 'damaged', () => writeFileSync(cache, good().slice(0, -10))],
    ['of another version', 'damaged', () => writeFileSync(cache, good().replace(':1,', ':2,'))],
    [
      'with a digest that is none',
      'damaged',
      () => writeFileSync(cache, good().replace(sha256('other'), 'ab')),
    ],
    ['that is not JSON', 'damaged', () => writeFileSync(cache, Buffer.of(0xff, 0xfe))],
  ])('%s is not used, and that is said', async (_which, why, spoil) => {
    claim('w', 'other')
    expect((await signing()).digest).not.toBe((await hashTree(root)).digest)
    claim('w', 'other')
    spoil()
    expect((await signing()).digest).toBe((await hashTree(root)).digest)
    expect(warnings[0]).toContain(why)
  })
})

describe('a tree that was hashed is handed on', () => {
  test('while it is unchanged', async () => {
    const tree = await hashTree(root)
    expect(() => requireUnchanged(tree)).not.toThrow()
  })

  test.each<[string, () => void]>([
    ['a byte', () => writeFileSync(join(root, 'w'), 'Weights')],
    ['a file more', () => writeFileSync(join(root, 'x'), '')],
    [
      'a time set back',
      () => {
        writeFileSync(join(root, 'w'), 'weights')
        utimesSync(join(root, 'w'), new Date(1e12), new Date(1e12))
      },
    ],
  ])('but not after %s', async (_what, change) => {
    const tree = await hashTree(root)
    change()
    expect(() => requireUnchanged(tree)).toThrow(expect.objectContaining({ code: 'HASH_CHANGED' }))
  })

  test('but not one that this process did not hash', async () => {
    const tree = structuredClone(await hashTree(root))
    expect(() => requireUnchanged(tree)).toThrow(expect.objectContaining({ code: 'HASH_CHANGED' }))
  })
})
