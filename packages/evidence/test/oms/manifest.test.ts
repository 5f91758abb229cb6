import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { Statement } from '@sluice/verdict'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  compareModel,
  type HashOptions,
  hashTree,
  modelStatement,
  readModelManifest,
  rootDigest,
} from '../../src/index.js'

function lay(files: Record<string, string>): string {
  const root = mkdtempSync(join(tmpdir(), 'sluice-oms-'))
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, file)), { recursive: true })
    writeFileSync(join(root, file), text)
  }
  return root
}
const signed = async (root: string, options: HashOptions = {}) =>
  JSON.parse(JSON.stringify(modelStatement(await hashTree(root, options)))) as Statement

/** A manifest of files by name, as any signer could make one that agrees with itself. */
function listing(
  resources: { name: string; digest?: string; algorithm?: string }[],
  serialization = {},
): Statement {
  const full = resources.map(({ name, digest = 'ab'.repeat(32), algorithm = 'sha256' }) => ({
    name,
    digest,
    algorithm,
  }))
  return {
    _type: 'https://in-toto.io/Statement/v1',
    subject: [{ name: 'model', digest: { sha256: rootDigest(full).slice('sha256:'.length) } }],
    predicateType: 'https://model_signing/signature/v1.0',
    predicate: {
      serialization: { method: 'files', hash_type: 'sha256', allow_symlinks: false, ...serialization },
      resources: full,
    },
  }
}
const shards = (names: string[], size: unknown = 4) =>
  listing(
    names.map((name) => ({ name })),
    { method: 'shards', shard_size: size },
  )

describe('what is written', () => {
  test('stands in order of the code points of whole names, shards as text', async () => {
    const names = ['a/b', 'a/c/d', 'a b', 'a-b', 'a.txt', 'ab', '\uffee', '😀']
    const { predicate } = await signed(lay(Object.fromEntries(names.map((name) => [name, name]))))
    const written = (predicate['resources'] as { name: string }[]).map(({ name }) => name)
    expect(written).toEqual(['a b', 'a-b', 'a.txt', 'a/b', 'a/c/d', 'ab', '\uffee', '😀'])

    const sharded = await signed(lay({ w: '0123456789ab' }), { shardSize: 1 })
    expect(
      (sharded.predicate['resources'] as { name: string }[]).map(({ name }) => name).slice(0, 4),
    ).toEqual(['w:0:1', 'w:10:11', 'w:11:12', 'w:1:2'])
  })

  test('names the algorithm as `hash_type` does, and never allows links', async () => {
    const root = lay({ w: '0123456789' })
    expect(await signed(root, { algorithm: 'blake2b', shardSize: 8 })).toMatchObject({
      predicate: {
        serialization: { method: 'shards', hash_type: 'blake2b', shard_size: 8, allow_symlinks: false },
        resources: [
          { algorithm: 'blake2b', name: 'w:0:8' },
          { algorithm: 'blake2b', name: 'w:8:10' },
        ],
      },
    })
    expect((await signed(root)).predicate['serialization']).not.toHaveProperty('shard_size')
  })

  test('of a model of one file is its base name', async () => {
    const file = join(lay({ 'w.bin': 'weights' }), 'w.bin')
    expect(await signed(file)).toMatchObject({
      subject: [{ name: 'w.bin' }],
      predicate: { resources: [{ name: 'w.bin' }] },
    })
    expect(await signed(file, { shardSize: 4 })).toMatchObject({
      predicate: { resources: [{ name: 'w.bin:0:4' }, { name: 'w.bin:4:7' }] },
    })
    await expect(
      hashTree(file).then((tree) => compareModel(readModelManifest(modelStatement(tree)), tree)),
    ).resolves.toMatchObject({ extra: [], missing: [], changed: [] })
  })
})

describe('what is read', () => {
  test.each([
    ['the form of the reference in shards', shards(['b:0:4', 'b:4:8', 'b:8:10', 'a:0:4'])],
    ['offsets in order as numbers', shards(['w:0:4', 'w:4:8', 'w:8:12', 'w:12:13'])],
    ['a path with colons', shards(['ab:c:0:4', 'ab:0:4'])],
    ['a file called `.`', listing([{ name: '.' }])],
    [
      'the reference’s name of an algorithm',
      listing([{ name: 'w:0:3', algorithm: 'sha256-sharded-4' }], { method: 'shards', shard_size: 4 }),
    ],
  ])('%s', (_what, statement) => {
    expect(() => readModelManifest(statement)).not.toThrow()
  })

  test('members that are not known, and a size with a point', () => {
    const text = JSON.stringify(shards(['w:0:3'])).replace('"shard_size":4', '"shard_size":4.0')
    const statement = JSON.parse(text) as Statement
    const [resource] = statement.predicate['resources'] as Record<string, unknown>[]
    Object.assign(resource ?? {}, { mediaType: 'x/y', annotations: { a: 1 } })
    expect(readModelManifest(statement)).toMatchObject({ shardSize: 4, resources: [{ name: 'w:0:3' }] })
  })

  test.each<[string, Statement, RegExp]>([
    ['no file', listing([]), /at least one file/],
    ['a name twice', listing([{ name: 'a' }, { name: 'a' }]), /listed twice/],
    ['names that differ by case', listing([{ name: 'A' }, { name: 'a' }]), /one on some file systems/],
    [
      'names that differ by composition',
      listing([{ name: 'é' }, { name: 'e\u0301' }]),
      /one on some file systems/,
    ],
    ['folders that differ by case', listing([{ name: 'A/x' }, { name: 'a/y' }]), /folders .* one on some/],
    ['a file that is a folder too', listing([{ name: 'a/x' }, { name: 'a' }]), /a file and a folder/],
    [
      'a file that is a folder but for case',
      listing([{ name: 'A/x' }, { name: 'a' }]),
      /a file and a folder/,
    ],
    ['a path that leads out', listing([{ name: '../x' }]), /plain relative/],
    ['an absolute path', listing([{ name: '/x' }]), /plain relative/],
    ['a drive', listing([{ name: 'C:x' }]), /drive/],
    ['a backslash', listing([{ name: 'a\\b' }]), /backslash/],
    ['`.` beside another', listing([{ name: '.' }, { name: 'a' }]), /plain relative/],
    ['another algorithm', listing([{ name: 'a', algorithm: 'blake3' }]), /another algorithm/],
    [
      'shards of another size',
      listing([{ name: 'w:0:3', algorithm: 'sha256-sharded-8' }], { method: 'shards', shard_size: 4 }),
      /another algorithm/,
    ],
    ['an unknown hash', listing([{ name: 'a' }], { hash_type: 'md5' }), /hash_type/],
    ['an unknown method', listing([{ name: 'a' }], { method: 'tensors' }), /method/],
    ['a digest that is cut', listing([{ name: 'a', digest: 'ab' }]), /cut/],
    ['no size of shards', listing([{ name: 'w:0:3' }], { method: 'shards' }), /shard_size/],
    ['a size of whole files', listing([{ name: 'a' }], { shard_size: 4 }), /shard_size/],
    ['a size that is no whole number', shards(['w:0:3'], 4.5), /shard_size/],
    ['a file among shards', shards(['w']), /does not name a shard/],
    ['an empty shard', shards(['w:0:0']), /does not name a shard/],
    ['two spellings of an offset', shards(['w:00:3']), /does not name a shard/],
    ['a hole between shards', shards(['w:0:4', 'w:8:9']), /are not the file/],
    ['no beginning', shards(['w:4:8']), /are not the file/],
    ['a shard that is too long', shards(['w:0:5']), /are not the file/],
    ['a short shard in the middle', shards(['w:0:3', 'w:3:7']), /are not the file/],
    ['a shard twice', shards(['w:0:4', 'w:0:4']), /are not the file/],
    [
      'a root of other files',
      { ...listing([{ name: 'a' }]), subject: [{ name: 'model', digest: { sha256: 'cd'.repeat(32) } }] },
      /root/,
    ],
  ])('is refused with %s', (_what, statement, why) => {
    expect(() => readModelManifest(statement)).toThrow(why)
    expect(() => readModelManifest(statement)).toThrow(
      expect.objectContaining({ code: 'EVIDENCE_MALFORMED' }),
    )
  })

  test('a name that the shards and the empty files share is refused', async () => {
    const statement = await signed(lay({ w: '0123', empty: '' }), { shardSize: 2 })
    const [subject] = statement.subject as unknown as { annotations: { emptyFiles: string[] } }[]
    subject?.annotations.emptyFiles.push('W')
    expect(() => readModelManifest(statement)).toThrow(/one on some file systems/)
  })
})

describe('empty files, which have no shards', () => {
  const FILES = { 'w.bin': '0123456789', 'pkg/__init__.py': '' }
  const compare = async (statement: Statement, root: string) =>
    compareModel(readModelManifest(statement), await hashTree(root))

  test('are signed by name, so that one which is added, filled or removed is seen', async () => {
    const root = lay(FILES)
    const statement = await signed(root, { shardSize: 4 })
    await expect(compare(statement, root)).resolves.toMatchObject({ extra: [], missing: [], changed: [] })
    writeFileSync(join(root, 'new.py'), '')
    await expect(compare(statement, root)).resolves.toMatchObject({
      extra: ['new.py'],
      missing: [],
      changed: [],
    })
    rmSync(join(root, 'new.py'))
    writeFileSync(join(root, 'pkg/__init__.py'), 'evil()')
    await expect(compare(statement, root)).resolves.toMatchObject({ extra: [], changed: ['pkg/__init__.py'] })
    rmSync(join(root, 'pkg/__init__.py'))
    await expect(compare(statement, root)).resolves.toMatchObject({ missing: ['pkg/__init__.py'] })
  })

  test('that the shards of another maker say nothing of are not signed', async () => {
    const root = lay(FILES)
    const statement = await signed(root, { shardSize: 4 })
    const [subject] = statement.subject as unknown as { annotations?: object }[]
    delete subject?.annotations
    await expect(compare(statement, root)).resolves.toMatchObject({ extra: ['pkg/__init__.py'] })
  })

  test('are resources as any other among whole files', async () => {
    const statement = await signed(lay(FILES))
    expect(statement.subject[0]).not.toHaveProperty('annotations')
    expect(readModelManifest(statement).resources.map(({ name }) => name)).toEqual([
      'pkg/__init__.py',
      'w.bin',
    ])
  })
})

test('a changed byte, a longer and a shorter file are told by their ranges', async () => {
  const root = lay({ w: '0123456789', v: 'same' })
  const manifest = readModelManifest(await signed(root, { shardSize: 4 }))
  const ranges = async (text: string) => {
    writeFileSync(join(root, 'w'), text)
    const difference = await compareModel(manifest, await hashTree(root))
    return [difference.changed, difference.ranges.get('w')]
  }
  await expect(ranges('0123x56789')).resolves.toEqual([['w'], [{ start: 4, end: 8 }]])
  await expect(ranges('x12345678x')).resolves.toEqual([
    ['w'],
    [
      { start: 0, end: 4 },
      { start: 8, end: 10 },
    ],
  ])
  await expect(ranges('0123456789abcdef')).resolves.toEqual([['w'], [{ start: 8, end: 16 }]])
  await expect(ranges('012345')).resolves.toEqual([['w'], [{ start: 4, end: 10 }]])
  await expect(ranges('0123456789')).resolves.toEqual([[], undefined])
})

test('whatever stands in a predicate is read or refused by a coded error', () => {
  fc.assert(
    fc.property(
      fc.record(
        {
          serialization: fc.oneof(
            fc.jsonValue(),
            fc.record(
              {
                method: fc.constantFrom('files', 'shards'),
                hash_type: fc.constantFrom('sha256', 'blake2b', 'blake3'),
                shard_size: fc.oneof(fc.nat(9), fc.jsonValue()),
              },
              { requiredKeys: ['method', 'hash_type'] },
            ),
          ),
          resources: fc.oneof(
            fc.jsonValue(),
            fc.array(
              fc.record({
                name: fc.oneof(fc.string(), fc.constantFrom('a:0:4', 'a:4:8', '.', '__proto__')),
                digest: fc.constantFrom('ab'.repeat(32), 'ab', 'g'),
                algorithm: fc.constantFrom('sha256', 'blake3', 'sha256-sharded-4'),
              }),
            ),
          ),
        },
        { requiredKeys: [] },
      ),
      (predicate) => {
        const resources: readonly unknown[] = Array.isArray(predicate.resources) ? predicate.resources : []
        const digests = resources
          .map((resource) => ({ digest: String((resource as { digest?: unknown } | null)?.digest) }))
          .filter(({ digest }) => /^([0-9a-f]{2})+$/.test(digest))
        const statement = {
          ...listing([]),
          subject: [{ name: 'm', digest: { sha256: rootDigest(digests).slice('sha256:'.length) } }],
          predicate: predicate as Statement['predicate'],
        }
        try {
          readModelManifest(statement)
        } catch (error) {
          expect(error).toMatchObject({ name: 'SluiceError', code: 'EVIDENCE_MALFORMED' })
        }
      },
    ),
    { numRuns: 300 },
  )
})
