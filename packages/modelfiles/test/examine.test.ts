import { readFile } from 'node:fs/promises'
import { deflateSync, gzipSync, zstdCompressSync } from 'node:zlib'
import { pack } from 'tar-stream'
import { describe, expect, test } from 'vitest'
import { examineBytes } from '../src/examine.js'
import { LIMITS } from '../src/limits.js'
import { bytes, CALL, CALL4, HARMLESS, POLICY } from './pickles.js'
import { zip } from './zip-writer.js'

const fixture = (name: string) => readFile(new URL(`fixtures/${name}`, import.meta.url))
const examine = (file: Uint8Array, limits = LIMITS) => examineBytes(file, POLICY, limits)
const seen = async (file: Uint8Array) =>
  (await examine(file)).issues.map(({ rule, member }) => (member === undefined ? rule : `${rule} ${member}`))

async function tar(members: Readonly<Record<string, Uint8Array>>): Promise<Buffer> {
  const archive = pack()
  for (const [name, data] of Object.entries(members)) archive.entry({ name }, Buffer.from(data))
  archive.finalize()
  const parts: Uint8Array[] = []
  for await (const part of archive) parts.push(part as Uint8Array)
  return Buffer.concat(parts)
}

const FLOAT_STORAGE = "(S'storage'\nctorch\nFloatStorage\nS'0'\nS'cpu'\nI2\ntQ"
const DATA_PKL = bytes(
  `\x80\x02ctorch._utils\n_rebuild_tensor_v2\n(${FLOAT_STORAGE}I0\n(I2\nt(I1\ntI00\n}tR.`,
)

describe('a call is found wherever a loader would find it', () => {
  test.each<[string, () => Buffer | Promise<Buffer>]>([
    ['a file', () => CALL],
    ['a zip', () => zip([{ name: 'model.bin', data: CALL4 }])],
    ['a deflated entry', () => zip([{ name: 'x', data: CALL4, deflate: true }])],
    ['a PyTorch zip', () => zip([{ name: 'm/data.pkl', data: CALL4 }])],
    ['a zip in a zip', () => zip([{ name: 'a.zip', data: zip([{ name: 'b', data: CALL }]) }])],
    ['an entry with a wrong checksum', () => zip([{ name: 'x', data: CALL, crc: 1, deflate: true }])],
    ['an entry marked as encrypted', () => zip([{ name: 'x', data: CALL, flags: 1 }])],
    ['an entry with another local name', () => zip([{ name: 'x', data: CALL, local: { name: 'y' } }])],
    [
      'a later entry after a broken one',
      () =>
        zip([
          { name: 'x', data: 'a', local: { method: 99 } },
          { name: 'y', data: CALL },
        ]),
    ],
    ['a tar', () => tar({ pickle: CALL4 })],
    ['a tar in gzip', async () => gzipSync(await tar({ 'a/b.txt': CALL }))],
    ['gzip', () => gzipSync(CALL4)],
    ['zlib', () => deflateSync(CALL4)],
    ['zstd', () => zstdCompressSync(CALL4)],
    [
      'gzip that breaks behind it',
      () => gzipSync(Buffer.concat([CALL4, Buffer.alloc(100_000, 'ab')])).subarray(0, -20),
    ],
    [
      'an npy of objects',
      async () => {
        const npy = await fixture('objects.npy')
        return Buffer.concat([npy.subarray(0, 128), CALL])
      },
    ],
    ['a file that begins as a GIF', () => bytes(`GIF89a..\x00cos\ngetcwd\n(tR.`)],
  ])('%s', async (_, make) => {
    const { issues } = await examine(await make())
    expect(issues.filter(({ level }) => level === 'error').map(({ global }) => global)).toContain('os.getcwd')
  })
})

describe('a PyTorch zip', () => {
  const storage = { name: 'm/data/0', data: Buffer.alloc(8, 0x80) }
  test('passes with the storages that it names', async () => {
    const file = zip([{ name: 'm/data.pkl', data: DATA_PKL }, storage, { name: 'm/version', data: '3\n' }])
    expect(await examine(file)).toMatchObject({ format: 'zip (PyTorch)', issues: [], members: 4 })
  })

  test('does not pass with one that it does not name', async () => {
    const file = zip([
      { name: 'm/data.pkl', data: DATA_PKL },
      { ...storage, name: 'm/data/1' },
    ])
    expect((await examine(file)).issues).toMatchObject([{ level: 'unknown', member: 'm/data/1' }])
  })
})

test('the five stacked pickles of an old PyTorch file pass, with raw storages behind', async () => {
  const magic = bytes('\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19.')
  const stacked = Buffer.concat([magic, HARMLESS, HARMLESS, DATA_PKL, HARMLESS, Buffer.alloc(64, 0xff)])
  expect(await examine(stacked)).toMatchObject({ format: 'pickle', issues: [] })
  const fourth = Buffer.concat([magic, HARMLESS, HARMLESS, CALL4, HARMLESS])
  expect(await seen(fourth)).toEqual(['model/dangerous-global'])
})

describe('a file with two readings is refused', () => {
  test.each<[string, () => Buffer | Promise<Buffer>]>([
    [
      'a doubled name',
      () =>
        zip([
          { name: 'x', data: 'a' },
          { name: 'x', data: 'b' },
        ]),
    ],
    ['another name in the entry', () => zip([{ name: 'x', data: 'a', local: { name: 'y' } }])],
    ['other flags in the entry', () => zip([{ name: 'x', data: 'a', local: { flags: 1 } }])],
    ['another size in the entry', () => zip([{ name: 'x', data: 'a', local: { size: 9 } }])],
    [
      'bytes between entries',
      () =>
        zip([
          { name: 'x', data: 'a', after: CALL },
          { name: 'y', data: 'b' },
        ]),
    ],
    ['a pickle before a zip', () => Buffer.concat([HARMLESS, zip([{ name: 'x', data: 'a' }])])],
    [
      'two end records',
      () => {
        const inner = zip([])
        const outer = zip([{ name: 'x', data: 'a' }])
        outer.writeUInt16LE(inner.length, outer.length - 2)
        return Buffer.concat([outer, inner])
      },
    ],
    ['a tar whose first name is a pickle', () => tar({ 'cos\ngetcwd\n(tR.': bytes('text') })],
    [
      'a safetensors file that is a pickle',
      () => {
        const file = Buffer.alloc(0x470280 + 300, 0x20)
        file.write('\x80\x02G\x00\x00\x00\x00\x00{zzcos\ngetcwd\n(tR.', 'latin1')
        return file
      },
    ],
  ])('%s', async (_, make) => {
    expect((await seen(await make())).some((rule) => rule.startsWith('model/ambiguous'))).toBe(true)
  })
})

describe('what is not examined is not decided', () => {
  test.each([
    ['a byte before a pickle', bytes('\x01cos\ngetcwd\n(tR.')],
    ['GGUF', bytes('GGUF\x03\x00\x00\x00')],
    ['Keras h5', bytes('\x89HDF\r\n\x1a\n\x00\x00')],
    ['ONNX', bytes('\x08\x07\x12\x07pytorch')],
    ['7z', bytes('7z\xbc\xaf\x27\x1c\x00\x04')],
    ['bzip2', bytes('BZh91AY')],
    ['xz', bytes('\xfd7zXZ\x00\x00')],
    ['nothing anyone knows', bytes('\x00\x01\x02\x03')],
    ['a Git LFS pointer', bytes('version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n')],
  ])('%s', async (_, file) => {
    expect((await examine(file)).issues).toMatchObject([{ rule: 'model/not-examined', level: 'unknown' }])
  })

  test('a truncated zip', async () => {
    const whole = zip([{ name: 'x', data: 'a'.repeat(100) }])
    for (let end = 4; end < whole.length; end++) {
      expect((await examine(whole.subarray(0, end))).issues.some(({ level }) => level !== 'note')).toBe(true)
    }
  })

  test('a zip that expands beyond the cap', async () => {
    const file = zip([{ name: 'x', data: Buffer.alloc(4 * 1024 * 1024), deflate: true }])
    const { issues } = await examine(file, { ...LIMITS, memoryBytes: 1024 * 1024 })
    expect(issues).toMatchObject([{ rule: 'model/not-examined', member: 'x' }])
  })

  test('a gzip that expands beyond the cap', async () => {
    const { issues } = await examine(gzipSync(Buffer.alloc(4 * 1024 * 1024, 'a')), {
      ...LIMITS,
      memoryBytes: 1024 * 1024,
    })
    expect(issues).toMatchObject([{ rule: 'model/not-examined' }])
  })

  test('containers nested too deep', async () => {
    let file: Buffer = HARMLESS
    for (let depth = 0; depth < 7; depth++) file = zip([{ name: 'z', data: file }])
    expect((await examine(file)).issues).toMatchObject([{ rule: 'model/not-examined' }])
  })

  test('too many members', async () => {
    const file = zip([
      { name: 'a', data: 'a' },
      { name: 'b', data: 'b' },
    ])
    expect((await examine(file, { ...LIMITS, members: 1 })).issues).toMatchObject([
      { rule: 'model/not-examined' },
    ])
  })
})

describe('what cannot run code passes', () => {
  test.each<[string, string | (() => Promise<Buffer>)]>([
    ['text', 'cat\ncow\ncrab\ndog\n'],
    ['text', '{"task": "binary", "features": ["origin"]}'],
    ['text', '# Model card\n\nIt predicts.\n'],
    ['npy', () => fixture('plain.npy')],
    ['npy', () => fixture('structured.npy')],
    ['npy of objects', () => fixture('objects.npy')],
    ['zip', () => fixture('arrays.npz')],
    ['zip', () => fixture('arrays-compressed.npz')],
  ])('%s', async (format, file) => {
    expect(await examine(typeof file === 'string' ? bytes(file) : await file())).toMatchObject({
      format,
      issues: [],
    })
  })
})

test('an npy of another length than it says is not decided', async () => {
  const npy = await fixture('plain.npy')
  expect(await seen(npy.subarray(0, -1))).toEqual(['model/malformed'])
  expect(await seen(Buffer.concat([npy, CALL]))).toEqual(['model/malformed'])
})

test('native code in a model is refused', async () => {
  expect(await seen(bytes('\x7fELF\x02\x01\x01'))).toEqual(['model/native-code'])
})

test('a JSON that has remote code loaded warns', async () => {
  const config = '{"auto_map": {"AutoModel": "modeling.Model"}}'
  expect((await examine(bytes(config))).issues).toMatchObject([
    { rule: 'model/remote-code', level: 'warning' },
  ])
})

test('a model of Keras or skops is not clean because its description is text', async () => {
  const keras = { class_name: 'Functional', module: 'keras', config: { layers: [{ class_name: 'Lambda' }] } }
  const archive = zip([
    { name: 'metadata.json', data: bytes('{}') },
    { name: 'config.json', data: bytes(JSON.stringify(keras)) },
  ])
  expect(await seen(archive)).toEqual(['model/not-examined config.json'])
  expect(await seen(bytes(JSON.stringify({ __class__: 'x', __loader__: 'TypeNode' })))).toEqual([
    'model/not-examined',
  ])
})

test('a zlib stream of letters is no text', async () => {
  const letters = bytes('x^2 "JOP75(0Ku6Lq4p1MS2wuIIS6"')
  expect((await examine(letters)).issues).toMatchObject([{ level: 'unknown' }])
})
