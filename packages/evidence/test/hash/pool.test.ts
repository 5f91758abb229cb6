import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Algorithm, loadAlgorithm } from '../../src/hash/algorithm.js'
import { listTree } from '../../src/hash/list.js'
import { hashFiles } from '../../src/hash/pool.js'
import { hashPart, newBuffer } from '../../src/hash/read.js'
import { type HashOptions, hashTree, resourcesOf, sha256File, sha256Files } from '../../src/index.js'

const MIB = 1024 * 1024
const SHA256 = { algorithm: 'sha256' } as const

function lay(files: Record<string, string | Uint8Array>): string {
  const root = mkdtempSync(join(tmpdir(), 'sluice-pool-'))
  for (const [file, data] of Object.entries(files)) {
    mkdirSync(dirname(join(root, file)), { recursive: true })
    writeFileSync(join(root, file), data)
  }
  return root
}

/** Bytes that differ from place to place, so that a stretch read twice or left out is seen. */
function bytes(size: number): Uint8Array {
  return Uint8Array.from({ length: size }, (_, at) => (at * 31 + (at >> 8) * 7 + (at >> 16)) & 255)
}

const sha256 = (data: Uint8Array | string) => createHash('sha256').update(data).digest('hex')
const blake2b = (data: Uint8Array | string) => createHash('blake2b512').update(data).digest('hex')
const byBytes = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b))

/** What a tree hashes to, computed from the bytes as they were written. */
function expected(files: Record<string, Uint8Array>, { algorithm, shardSize }: HashOptions) {
  const names = Object.keys(files).sort(byBytes)
  const hash = algorithm === 'blake2b' ? blake2b : sha256
  const lines = names.map((name) => `${sha256(files[name] ?? '')}  ${name}\n`)
  const resources = names.flatMap((name) => {
    const data = files[name] ?? new Uint8Array()
    if (shardSize === undefined) return [{ name, digest: hash(data) }]
    return Array.from({ length: Math.ceil(data.length / shardSize) }, (_, index) => {
      const [start, end] = [index * shardSize, Math.min(data.length, (index + 1) * shardSize)]
      return { name: `${name}:${start}:${end}`, digest: hash(data.subarray(start, end)) }
    })
  })
  return {
    digest: `sha256:${sha256(lines.join(''))}`,
    files: names.map((path) => ({ path, sha256: sha256(files[path] ?? ''), size: files[path]?.length })),
    resources: resources.sort((a, b) => byBytes(a.name, b.name)),
  }
}

describe('a tree hashes to what its bytes say, by any number of workers', () => {
  const sizes = fc.oneof(
    fc.constantFrom(0, 1, MIB - 1, MIB, MIB + 1, 2 * MIB, 3 * MIB + 17),
    fc.nat({ max: 5000 }),
  )
  const names = fc.uniqueArray(
    fc.constantFrom('w', 'x/y', 'x/z', 'é', '\ue000', '😀', 'a b', 'a-b', 'q/r/s'),
    {
      minLength: 1,
    },
  )
  const options = fc.record({
    algorithm: fc.constantFrom<Algorithm>('sha256', 'blake2b'),
    shardSize: fc.option(fc.constantFrom(700, MIB, MIB + 3, 1_000_000_000), { nil: undefined }),
    workers: fc.integer({ min: 1, max: 4 }),
  })

  test('by SHA-256 or BLAKE2b, whole or in shards', async () => {
    await fc.assert(
      fc.asyncProperty(names, fc.infiniteStream(sizes), options, async (paths, sizeOf, given) => {
        const files = Object.fromEntries(paths.map((path) => [path, bytes(sizeOf.next().value)]))
        const { shardSize, ...rest } = given
        const root = lay(files)
        const asked: HashOptions = shardSize === undefined ? rest : { ...rest, shardSize }
        expect(await hashTree(root, asked)).toMatchObject(expected(files, asked))
        rmSync(root, { recursive: true })
      }),
      { numRuns: 20 },
    )
  })

  test('by BLAKE3, as its authors publish', async () => {
    // From the test vectors of BLAKE3-team/BLAKE3: bytes that count up to 250 and begin anew.
    const vectors: [number, string][] = [
      [0, 'af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262'],
      [1, '2d3adedff11b61f14c886e35afa036736dcd87a74d27b5c1510225d0f592e213'],
      [1024, '42214739f095a406f3fc83deb889744ac00df831c10daa55189b5d121c855af7'],
      [102400, 'bc3e3d41a1146b069abffad3c0d44860cf664390afce4d9661f7902e7943e085'],
    ]
    const files = Object.fromEntries(
      vectors.map(([size]) => [`f${size}`, Uint8Array.from({ length: size }, (_, at) => at % 251)]),
    )
    for (const workers of [1, 3]) {
      const { resources } = await hashTree(lay(files), { algorithm: 'blake3', workers })
      expect(Object.fromEntries(resources.map(({ name, digest }) => [name, digest]))).toEqual(
        Object.fromEntries(vectors.map(([size, digest]) => [`f${size}`, digest])),
      )
    }
  })

  test('and files that are named one by one, in the order they were named', async () => {
    const root = lay({ b: 'second', a: 'first', c: '' })
    const found = await sha256Files(['b', 'a', 'c'].map((name) => join(root, name)))
    expect(found).toEqual([
      { sha256: sha256('second'), size: 6 },
      { sha256: sha256('first'), size: 5 },
      { sha256: sha256(''), size: 0 },
    ])
    expect(sha256File(join(root, 'a'))).toEqual(found[1])
  })

  test('no thread is left when it is done, nor when it failed', async () => {
    const threads = () => readdirSync('/proc/self/task').length
    const root = lay(Object.fromEntries(Array.from({ length: 40 }, (_, index) => [`f${index}`, 'x'])))
    await hashTree(root, { workers: 4 })
    const before = threads()
    await hashTree(root, { workers: 4 })
    const listing = listTree(root, [])
    rmSync(join(root, 'f7'))
    await expect(hashFiles(listing.files, SHA256, 4)).rejects.toMatchObject({
      code: 'HASH_UNREADABLE',
      remedy: expect.any(String),
      message: expect.stringContaining('f7'),
    })
    expect(threads()).toBeLessThanOrEqual(before)
    // Workers start when the large file is seen; the link is met after it.
    truncateSync(join(root, 'f0'), 500 * MIB)
    mkdirSync(join(root, 'sub'))
    symlinkSync('/etc/hostname', join(root, 'sub/link'))
    await expect(hashTree(root)).rejects.toMatchObject({ code: 'HASH_NOT_A_FILE' })
    expect(threads()).toBeLessThanOrEqual(before)
  })

  test('of files from before 1970 too', async () => {
    const root = lay({ a: 'first', b: 'second' })
    for (const name of ['a', 'b']) utimesSync(join(root, name), new Date(-1e12), new Date(-1e12))
    const { digest } = await hashTree(root, { workers: 2 })
    expect(digest).toBe((await hashTree(root, { workers: 1 })).digest)
  })

  test('a million shards are refused before any is hashed', async () => {
    const root = lay({ w: '' })
    truncateSync(join(root, 'w'), 2 ** 40)
    await expect(hashTree(root, { shardSize: 1000 })).rejects.toMatchObject({ code: 'HASH_TOO_MANY' })
  })
})

describe('a file that is not what it was when it was listed is not hashed', () => {
  const age = (file: string) => utimesSync(file, new Date(1e12), new Date(1e12))
  test.each<[string, string, (file: string) => void]>([
    [
      'HASH_CHANGED',
      'other bytes, size and time the same',
      (file) => {
        writeFileSync(file, 'neu')
        age(file)
      },
    ],
    ['HASH_CHANGED', 'longer', (file) => writeFileSync(file, 'older')],
    ['HASH_CHANGED', 'shorter', (file) => truncateSync(file, 1)],
    [
      'HASH_CHANGED',
      'another file under its name',
      (file) => {
        writeFileSync(`${file}~`, 'old')
        age(`${file}~`)
        renameSync(`${file}~`, file)
      },
    ],
    [
      'HASH_NOT_A_FILE',
      'a link to the same bytes',
      (file) => {
        renameSync(file, `${file}~`)
        symlinkSync(`${file}~`, file)
      },
    ],
    [
      'HASH_NOT_A_FILE',
      'a pipe nobody writes to',
      (file) => {
        rmSync(file)
        execFileSync('mkfifo', [file])
      },
    ],
    [
      'HASH_CHANGED',
      'in a folder that became a link elsewhere',
      (file) => {
        const folder = dirname(file)
        renameSync(folder, `${folder}~`)
        symlinkSync(lay({ w: 'old', other: 'other' }), folder)
      },
    ],
    ['HASH_UNREADABLE', 'gone', (file) => rmSync(file)],
  ])('%s: %s', async (code, _what, change) => {
    for (const workers of [1, 2]) {
      const root = lay({ 'sub/w': 'old', 'sub/other': 'other' })
      const file = join(root, 'sub/w')
      age(file)
      const listing = listTree(root, [])
      await expect(hashFiles(listing.files, SHA256, workers)).resolves.toHaveLength(2)
      change(file)
      await expect(hashFiles(listing.files, SHA256, workers)).rejects.toMatchObject({ code })
    }
  })

  test.each([10, 3 * MIB])('%d bytes that change while they are read', async (size) => {
    const root = lay({ w: bytes(size) })
    const [file] = listTree(root, []).files
    if (file === undefined) throw new Error('nothing listed')
    const part = { file: 0, whole: true, ranges: [[0, size]] } as const
    const newHasher = await loadAlgorithm('blake2b')
    expect(hashPart(file, part, newHasher, newBuffer()).sha256).toBe(sha256(readFileSync(file.path)))
    const meddling = () => {
      const hasher = newHasher()
      return {
        ...hasher,
        update(data: Uint8Array) {
          hasher.update(data)
          chmodSync(file.path, 0o600)
          writeFileSync(file.path, bytes(size))
        },
      }
    }
    expect(() => hashPart(file, part, meddling, newBuffer())).toThrow(
      expect.objectContaining({ code: 'HASH_CHANGED' }),
    )
    expect(statSync(file.path).size).toBe(size)
  })
})

describe('what a tree already knows', () => {
  test('is not hashed again, and what is must be of the same bytes', async () => {
    const root = lay({ w: 'weights', c: '{}' })
    const tree = await hashTree(root, { shardSize: 4 })
    rmSync(join(root, 'c'))
    await expect(resourcesOf(tree, { algorithm: 'sha256', shardSize: 4 })).resolves.toBe(tree.resources)
    await expect(resourcesOf(tree, SHA256)).resolves.toEqual([
      { name: 'c', digest: sha256('{}') },
      { name: 'w', digest: sha256('weights') },
    ])
    await expect(resourcesOf(tree, { algorithm: 'blake2b' })).rejects.toMatchObject({ code: 'HASH_CHANGED' })
    writeFileSync(join(root, 'c'), '{}')
    await expect(resourcesOf(tree, { algorithm: 'blake2b' })).resolves.toEqual([
      { name: 'c', digest: blake2b('{}') },
      { name: 'w', digest: blake2b('weights') },
    ])
  })
})
