import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  compareModel,
  hashTree,
  isUnchanged,
  modelStatement,
  readModelManifest,
  rootDigest,
} from '../../src/index.js'

type Files = Record<string, string | Uint8Array>

function lay(files: Files): string {
  const root = mkdtempSync(join(tmpdir(), 'sluice-tree-'))
  for (const [file, data] of Object.entries(files)) {
    mkdirSync(dirname(join(root, file)), { recursive: true })
    writeFileSync(join(root, file), data)
  }
  return root
}

const names = fc.uniqueArray(
  fc
    .array(
      fc.stringMatching(/^[a-z0-9é😀\uffee][a-z0-9 .é_-]{0,6}$/u).filter((name) => !name.startsWith('.')),
      { minLength: 1, maxLength: 3 },
    )
    .map((segments) => segments.join('/')),
  { minLength: 1, maxLength: 8, selector: (name) => name.normalize('NFC') },
)
/** Directories in which no file stands where another needs a folder. */
const directories = names
  .filter((paths) => !paths.some((path) => paths.some((other) => other.startsWith(`${path}/`))))
  .chain((paths) =>
    fc.tuple(...paths.map((path) => fc.tuple(fc.constant(path), fc.uint8Array({ maxLength: 64 })))),
  )
  .map((entries) => Object.fromEntries(entries) as Files)

describe('a signed directory', () => {
  test('is unchanged as long as nothing changes, and any changed byte, name or link is seen', async () => {
    await fc.assert(
      fc.asyncProperty(directories, fc.nat(), fc.nat(), async (files, choice, bit) => {
        const root = lay(files)
        const tree = await hashTree(root)
        const manifest = readModelManifest(modelStatement(tree))
        expect(isUnchanged(await compareModel(manifest, await hashTree(root)))).toBe(true)
        expect(tree.files.map(({ path }) => path).sort()).toEqual(Object.keys(files).sort())

        const paths = Object.keys(files)
        const path = paths[choice % paths.length] ?? ''
        const file = join(root, path)
        const bytes = readFileSync(file)
        const changed = bytes.length === 0 ? Buffer.of(0) : Buffer.from(bytes)
        if (bytes.length > 0)
          changed[bit % bytes.length] = (changed[bit % bytes.length] ?? 0) ^ (1 << (bit % 8))
        writeFileSync(file, changed)
        expect(await compareModel(manifest, await hashTree(root))).toMatchObject({
          extra: [],
          missing: [],
          changed: [path],
        })
        expect((await hashTree(root)).digest).not.toBe(tree.digest)
        writeFileSync(file, bytes)

        renameSync(file, `${file}~`)
        expect(await compareModel(manifest, await hashTree(root))).toMatchObject({
          extra: [`${path}~`],
          missing: [path],
          changed: [],
        })
        expect((await hashTree(root)).digest).not.toBe(tree.digest)

        symlinkSync(`${file}~`, file)
        await expect(hashTree(root)).rejects.toMatchObject({ code: 'HASH_NOT_A_FILE' })
        rmSync(root, { recursive: true })
      }),
      { numRuns: 60 },
    )
  })

  test('names stand in the order of their UTF-8 bytes, not of UTF-16 or of path components', async () => {
    const order = ['a b', 'a-b', 'a.txt', 'a/b', 'a/c/d', 'ab', '\uffee', '😀']
    const tree = await hashTree(lay(Object.fromEntries(order.toReversed().map((name) => [name, name]))))
    expect(tree.files.map(({ path }) => path)).toEqual(order)
  })

  test('two names exchanged keep the root of OMS, and are seen all the same', async () => {
    const root = lay({ 'config.json': '{}', 'weights.bin': 'w' })
    const before = await hashTree(root)
    const manifest = readModelManifest(modelStatement(before))
    renameSync(join(root, 'config.json'), join(root, 'evil.json'))
    const after = await hashTree(root)
    const rootOf = (tree: typeof before) => rootDigest(tree.files.map(({ sha256 }) => ({ digest: sha256 })))
    expect(rootOf(after)).toBe(rootOf(before))
    expect(after.digest).not.toBe(before.digest)
    expect(await compareModel(manifest, await hashTree(root))).toMatchObject({
      extra: ['evil.json'],
      missing: ['config.json'],
      changed: [],
    })
  })

  test('its digest is what sha256sum of sha256sum prints', async () => {
    const root = lay({ 'a/b': '1', 'a-b': '2', c: '' })
    const script = "find . -type f -printf '%P\\0' | LC_ALL=C sort -z | xargs -0 sha256sum | sha256sum"
    const printed = execFileSync('bash', ['-c', script], { cwd: root }).toString().split(' ')[0]
    expect((await hashTree(root)).digest).toBe(`sha256:${printed}`)
  })

  test('an empty file added to a model signed in shards is seen', async () => {
    const root = lay({ w: 'abc' })
    const shard = (await hashTree(root)).files[0]?.sha256 ?? ''
    const statement = {
      ...modelStatement(await hashTree(root)),
      predicate: {
        serialization: { method: 'shards', hash_type: 'sha256', allow_symlinks: false, shard_size: 1000 },
        resources: [{ name: 'w:0:3', algorithm: 'sha256-sharded-1000', digest: shard }],
      },
    }
    const manifest = readModelManifest(statement)
    expect(isUnchanged(await compareModel(manifest, await hashTree(root)))).toBe(true)
    writeFileSync(join(root, '__init__.py'), '')
    expect((await compareModel(manifest, await hashTree(root))).extra).toEqual(['__init__.py'])
  })
})

describe('a directory is refused', () => {
  test.each<[string, string, (root: string) => void]>([
    ['HASH_NOT_A_FILE', 'with a link to a file', (root) => symlinkSync('/etc/hostname', join(root, 'link'))],
    ['HASH_NOT_A_FILE', 'with a link to a folder', (root) => symlinkSync('/etc', join(root, 'code'))],
    ['HASH_NOT_A_FILE', 'with a pipe', (root) => execFileSync('mkfifo', [join(root, 'pipe')])],
    [
      'HASH_NAME_COLLISION',
      'with names that differ in case only',
      (root) => writeFileSync(join(root, 'F'), ''),
    ],
    [
      'HASH_NAME_COLLISION',
      'with names that differ in composition only',
      (root) => {
        writeFileSync(join(root, 'é'.normalize('NFC')), '')
        writeFileSync(join(root, 'é'.normalize('NFD')), '')
      },
    ],
    ['HASH_NAME', 'with a name of two lines', (root) => writeFileSync(join(root, 'a\nb'), '')],
    ['HASH_NAME', 'with a backslash in a name', (root) => writeFileSync(join(root, 'a\\b'), '')],
    [
      'HASH_NAME',
      'with a name that is not UTF-8',
      (root) => writeFileSync(Buffer.concat([Buffer.from(`${root}/`), Buffer.of(0xff)]), ''),
    ],
    ['HASH_EMPTY', 'with nothing in it', (root) => rmSync(join(root, 'f'))],
    ['HASH_UNREADABLE', 'that is not there', (root) => rmSync(root, { recursive: true })],
  ])('%s %s', async (code, _with, spoil) => {
    const root = lay({ f: '' })
    spoil(root)
    await expect(hashTree(root)).rejects.toMatchObject({ code })
  })

  test('what is ignored is left out, at the top only', async () => {
    const root = lay({ '.git/config': '', 'sub/.git/config': '', 'model.sig': '', w: '' })
    expect((await hashTree(root)).files.map(({ path }) => path)).toEqual(['sub/.git/config', 'w'])
    chmodSync(root, 0o755)
  })
})

describe('a manifest is refused', () => {
  const manifest = async (edit: (predicate: Record<string, never>) => object) => {
    const statement = modelStatement(await hashTree(lay({ a: '1', b: '2' })))
    return {
      ...statement,
      predicate: edit(structuredClone(statement.predicate) as Record<string, never>),
    } as typeof statement
  }
  const rename = (name: string) => (predicate: Record<string, never>) => {
    const [first, ...rest] = predicate['resources'] as unknown as object[]
    return { ...predicate, resources: [{ ...first, name }, ...rest] }
  }
  test.each<[string, Parameters<typeof manifest>[0]]>([
    ['whose name leads out', rename('../a')],
    ['whose name is absolute', rename('/a')],
    ['whose name is of Windows', rename('C:a')],
    ['that lists a name twice', rename('b')],
    [
      'of an unknown method',
      (predicate) => ({
        ...predicate,
        serialization: { ...(predicate['serialization'] as unknown as object), method: 'tar' },
      }),
    ],
    [
      'of an unknown hash',
      (predicate) => ({
        ...predicate,
        serialization: { ...(predicate['serialization'] as unknown as object), hash_type: 'md5' },
      }),
    ],
    ['without files', (predicate) => ({ ...predicate, resources: [] })],
    [
      'whose root is of other files',
      (predicate) => ({ ...predicate, resources: (predicate['resources'] as unknown as object[]).slice(1) }),
    ],
  ])('%s', async (_how, edit) => {
    const statement = await manifest(edit)
    expect(() => readModelManifest(statement)).toThrow(
      expect.objectContaining({ code: 'EVIDENCE_MALFORMED' }),
    )
  })
})
