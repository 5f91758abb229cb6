import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, expect, test } from 'vitest'
import { fetchDuckDb, platformOf } from '../../src/engines/duckdb/fetch.js'
import { readNpmArchive } from '../../src/engines/duckdb/npm-archive.js'
import { packagesFor } from '../../src/engines/duckdb/packages.js'

const cache = mkdtempSync(join(tmpdir(), 'sluice-cache-'))
afterAll(() => rmSync(cache, { recursive: true, force: true }))

/** An archive of one entry, as tar writes it. */
function archive(name: string, content: string, kind = '0'): Buffer {
  const header = Buffer.alloc(512)
  header.write(name, 0)
  header.write(Buffer.byteLength(content).toString(8).padStart(11, '0'), 124)
  header.write(kind, 156)
  const body = Buffer.alloc(Math.ceil(content.length / 512) * 512)
  body.write(content)
  return gzipSync(Buffer.concat([header, body, Buffer.alloc(1024)]))
}

const answer =
  (body: Uint8Array, status = 200) =>
  async () =>
    new Response(Buffer.from(body), { status })
const source = { cache, registry: 'https://registry.example.org/', platform: 'linux-x64' }

test('what the registry answers is held against the digest in the code before it is unpacked', async () => {
  const asked: string[] = []
  const fetch = async (url: string | URL) => {
    asked.push(String(url))
    return new Response(Buffer.from(archive('package/lib/index.js', 'evil()')))
  }
  await expect(fetchDuckDb({ ...source, fetch })).rejects.toMatchObject({
    code: 'ENGINE_DIGEST_MISMATCH',
    kind: 'refused',
  })
  expect(asked).toEqual(['https://registry.example.org/@duckdb/node-api/-/node-api-1.5.6-r.1.tgz'])
  expect(readdirSync(join(cache, 'duckdb'))).toEqual([])
})

test('a registry that does not have it is a fault of the surroundings, and leaves nothing behind', async () => {
  await expect(fetchDuckDb({ ...source, fetch: answer(Buffer.from('no'), 404) })).rejects.toMatchObject({
    code: 'ENGINE_DOWNLOAD_FAILED',
    kind: 'surroundings',
  })
  expect(readdirSync(join(cache, 'duckdb'))).toEqual([])
})

const breaksOff = async () =>
  new Response(
    new ReadableStream({
      start: (controller) => controller.error(new Error('cut')),
    }),
  )

test.each([
  ['that cannot be reached', () => Promise.reject(new Error('no route')), source.registry],
  ['that breaks off', breaksOff, source.registry],
  ['with a log-in in its address', breaksOff, 'https://ada:pa55word@registry.example.org/'],
  ['that is no address', breaksOff, 'registry pa55word'],
])(
  'a registry %s is told from the rest, with the way to do without, and no log-in',
  async (_, fetch, registry) => {
    const error = await fetchDuckDb({ ...source, registry, fetch }).catch((thrown) => thrown)
    expect(error).toMatchObject({
      code: 'ENGINE_DOWNLOAD_FAILED',
      remedy: expect.stringContaining('engine: in-process'),
    })
    expect(error.message).not.toContain('pa55word')
    expect(readdirSync(join(cache, 'duckdb'))).toEqual([])
  },
)

test('a system without a build is told so, and nothing is asked', async () => {
  const fetch = () => Promise.reject(new Error('asked'))
  await expect(fetchDuckDb({ ...source, fetch, platform: 'sunos-x64' })).rejects.toMatchObject({
    code: 'ENGINE_PLATFORM_UNSUPPORTED',
  })
  await expect(fetchDuckDb({ ...source, fetch, platform: 'constructor' })).rejects.toMatchObject({
    code: 'ENGINE_PLATFORM_UNSUPPORTED',
  })
})

test('this machine is one of those that are known', () => {
  expect(packagesFor(platformOf(process))).toHaveLength(4)
})

test('the plain files of a package are read', () => {
  const [file] = readNpmArchive(archive('package/lib/index.js', 'x = 1'), 1 << 20)
  expect(file).toMatchObject({ path: 'lib/index.js' })
  expect(Buffer.from(file!.bytes).toString()).toBe('x = 1')
})

test.each([
  ['a path that leads out', archive('package/../../etc/passwd', 'x')],
  ['a path from the root', archive('/etc/passwd', 'x')],
  ['a hidden step', archive('package/./x', 'x')],
  ['another folder', archive('elsewhere/x', 'x')],
  ['a name of a device stream', archive('package/x:y', 'x')],
  ['a link', archive('package/link', '', '2')],
  ['a hard link', archive('package/link', '', '1')],
  ['a header that renames the next', archive('package/x', 'path=../y', 'x')],
])('%s is refused', (_, bytes) => {
  expect(() => readNpmArchive(bytes, 1 << 20)).toThrow()
})

test('an archive that unpacks to more than its share is refused', () => {
  expect(() => readNpmArchive(archive('package/x', 'x'.repeat(100_000)), 10_000)).toThrow()
})
