import { randomBytes } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import {
  digestOf,
  OCI_INDEX,
  OCI_MANIFEST,
  openRepository,
  type RunningRegistry,
  startRegistry,
} from '../src/index.js'
import { putImage, temporaryFolder } from './content.js'

const content = randomBytes(3000)
const digest = digestOf(content)

async function call(
  registry: RunningRegistry,
  method: string,
  path: string,
  init: { body?: Uint8Array; headers?: Record<string, string> } = {},
) {
  return await fetch(new URL(path, registry.url), { method, ...init, body: (init.body ?? null) as never })
}

async function begin(registry: RunningRegistry): Promise<string> {
  const response = await call(registry, 'POST', '/v2/a/b/blobs/uploads/')
  expect(response.status).toBe(202)
  return response.headers.get('location')!
}

describe('an upload', () => {
  test('in chunks must come in order, and says where it is', async () => {
    await using registry = await startRegistry()
    const session = await begin(registry)
    const chunk = (start: number, end: number) =>
      call(registry, 'PATCH', session, {
        body: content.subarray(start, end + 1),
        headers: { 'content-range': `${start}-${end}` },
      })
    expect((await chunk(0, 1023)).headers.get('range')).toBe('0-1023')
    const early = await chunk(2048, 2999)
    expect(early.status).toBe(416)
    expect(early.headers.get('range')).toBe('0-1023')
    const status = await call(registry, 'GET', session)
    expect([status.status, status.headers.get('range'), status.headers.get('location')]).toEqual([
      204,
      '0-1023',
      session,
    ])
    expect((await chunk(1024, 2047)).status).toBe(202)
    const misplaced = await call(registry, 'PUT', `${session}?digest=${digest}`, {
      body: content.subarray(2048),
      headers: { 'content-range': '2000-2951' },
    })
    expect(misplaced.status).toBe(416)
    const done = await call(registry, 'PUT', `${session}?digest=${digest}`, {
      body: content.subarray(2048),
      headers: { 'content-range': '2048-2999' },
    })
    expect(done.status).toBe(201)
    expect(
      Buffer.from(await (await call(registry, 'GET', done.headers.get('location')!)).arrayBuffer()),
    ).toEqual(content)
    expect((await call(registry, 'GET', session)).status).toBe(404)
  })

  test('as a stream without a range, or whole in one request, is taken too', async () => {
    await using registry = await startRegistry()
    const session = await begin(registry)
    expect((await call(registry, 'PATCH', session, { body: content })).status).toBe(202)
    expect((await call(registry, 'PUT', `${session}?digest=${digest}`)).status).toBe(201)
    expect(
      (await call(registry, 'POST', `/v2/c/d/blobs/uploads/?digest=${digest}`, { body: content })).status,
    ).toBe(201)
    expect((await call(registry, 'HEAD', `/v2/c/d/blobs/${digest}`)).headers.get('content-length')).toBe(
      '3000',
    )
  })

  test.each([digestOf('other'), 'sha256:abc', ''])('under the digest %j is refused', async (wrong) => {
    await using registry = await startRegistry()
    const put = await call(registry, 'PUT', `${await begin(registry)}?digest=${wrong}`, { body: content })
    expect(put.status).toBe(400)
    expect(await put.json()).toMatchObject({ errors: [{ code: 'DIGEST_INVALID' }] })
    expect(
      (await call(registry, 'POST', `/v2/a/b/blobs/uploads/?digest=${wrong}`, { body: content })).status,
    ).toBe(400)
    expect((await call(registry, 'GET', `/v2/a/b/blobs/${digest}`)).status).toBe(404)
  })

  test('can be called off, and is known to its own repository only', async () => {
    await using registry = await startRegistry()
    const session = await begin(registry)
    expect((await call(registry, 'PATCH', session.replace('/a/b/', '/c/d/'), { body: content })).status).toBe(
      404,
    )
    expect((await call(registry, 'DELETE', session)).status).toBe(204)
    expect((await call(registry, 'PATCH', session, { body: content })).status).toBe(404)
  })

  test('by mount takes what another repository has, and otherwise opens a session', async () => {
    await using registry = await startRegistry()
    await call(registry, 'POST', `/v2/a/b/blobs/uploads/?digest=${digest}`, { body: content })
    expect((await call(registry, 'POST', `/v2/c/d/blobs/uploads/?mount=${digest}&from=a/b`)).status).toBe(201)
    expect((await call(registry, 'HEAD', `/v2/c/d/blobs/${digest}`)).status).toBe(200)
    const absent = await call(registry, 'POST', `/v2/c/d/blobs/uploads/?mount=${digestOf('absent')}&from=a/b`)
    expect(absent.status).toBe(202)
    expect(
      (
        await call(registry, 'PUT', `${absent.headers.get('location')}?digest=${digestOf('absent')}`, {
          body: Buffer.from('absent'),
        })
      ).status,
    ).toBe(201)
  })
})

test.each([
  ['bytes=0-99', 206, [0, 100], 'bytes 0-99/3000'],
  ['bytes=2900-', 206, [2900, 3000], 'bytes 2900-2999/3000'],
  ['bytes=2900-9999', 206, [2900, 3000], 'bytes 2900-2999/3000'],
  ['bytes=-100', 206, [2900, 3000], 'bytes 2900-2999/3000'],
  ['bytes=3000-', 416, [0, 0], 'bytes */3000'],
  ['bytes=20-10', 416, [0, 0], 'bytes */3000'],
])('a blob’s range %s is answered %i', async (range, status, [start, end], contentRange) => {
  await using registry = await startRegistry()
  await call(registry, 'POST', `/v2/a/b/blobs/uploads/?digest=${digest}`, { body: content })
  const response = await call(registry, 'GET', `/v2/a/b/blobs/${digest}`, { headers: { range } })
  expect([response.status, response.headers.get('content-range')]).toEqual([status, contentRange])
  if (status === 206) expect(Buffer.from(await response.arrayBuffer())).toEqual(content.subarray(start, end))
})

describe('a manifest', () => {
  test('must name what is there, have its digest, and say what its header says', async () => {
    await using registry = await startRegistry()
    const put = (reference: string, value: unknown, type = OCI_MANIFEST) =>
      call(registry, 'PUT', `/v2/a/b/manifests/${reference}`, {
        body: Buffer.from(JSON.stringify(value)),
        headers: { 'content-type': type },
      })
    const config = { mediaType: 'x/y', digest: digestOf('{}'), size: 2 }
    const manifest = { schemaVersion: 2, mediaType: OCI_MANIFEST, config, layers: [] }
    expect(await (await put('v1', manifest)).json()).toMatchObject({
      errors: [{ code: 'MANIFEST_BLOB_UNKNOWN' }],
    })
    await call(registry, 'POST', `/v2/a/b/blobs/uploads/?digest=${config.digest}`, {
      body: Buffer.from('{}'),
    })
    expect((await put(digestOf('other'), manifest)).status).toBe(400)
    expect((await put('sha256:baddigeststring', manifest)).status).toBe(400)
    expect((await put('v1', manifest, OCI_INDEX)).status).toBe(400)
    expect((await put('v1', 'no manifest')).status).toBe(400)
    expect((await put('v1', { ...manifest, annotations: { x: 'x'.repeat(5_000_000) } })).status).toBe(413)
    expect((await put('v1', manifest)).status).toBe(201)
    const subject = { ...manifest, subject: { ...config, digest: digestOf('absent') } }
    const taken = await put(`${digestOf(JSON.stringify(subject))}?tag=x&tag=y`, subject)
    expect([taken.headers.get('oci-subject'), taken.headers.get('oci-tag')]).toEqual([
      digestOf('absent'),
      'x, y',
    ])
    expect(taken.headers.get('docker-content-digest')).toBe(digestOf(JSON.stringify(subject)))
  })

  test('can be tagged with the names that every object has', async () => {
    await using registry = await startRegistry()
    const repository = await openRepository(`${registry.host}/a/b`, { fetch })
    for (const tag of ['constructor', '__proto__', 'toString']) {
      expect(await repository.resolve(tag)).toBeUndefined()
      const image = await putImage(repository, { tag })
      expect(await repository.resolve(tag)).toEqual(image)
    }
    expect(await repository.tags()).toEqual(['__proto__', 'constructor', 'toString'])
  })
})

test('tags come in pages, the last one excluded', async () => {
  await using registry = await startRegistry()
  const repository = await openRepository(`${registry.host}/a/b`, { fetch })
  for (const tag of ['b', 'a', 'd', 'c', 'e']) await putImage(repository, { tag })
  const first = await call(registry, 'GET', '/v2/a/b/tags/list?n=2')
  expect(await first.json()).toEqual({ name: 'a/b', tags: ['a', 'b'] })
  expect(first.headers.get('link')).toBe('</v2/a/b/tags/list?n=2&last=b>; rel="next"')
  const last = await call(registry, 'GET', '/v2/a/b/tags/list?n=2&last=d')
  expect([await last.json(), last.headers.get('link')]).toEqual([{ name: 'a/b', tags: ['e'] }, null])
  expect((await call(registry, 'GET', '/v2/no/such/tags/list')).status).toBe(404)
})

test('referrers of what is not there are an empty index', async () => {
  await using registry = await startRegistry()
  const response = await call(registry, 'GET', `/v2/no/such/referrers/${digest}?artifactType=x/y`)
  expect([
    response.status,
    response.headers.get('content-type'),
    response.headers.get('oci-filters-applied'),
  ]).toEqual([200, OCI_INDEX, 'artifactType'])
  expect(await response.json()).toEqual({ schemaVersion: 2, mediaType: OCI_INDEX, manifests: [] })
})

test.each([
  '/v2/A/B/tags/list',
  '/v2/a/../../etc/blobs/x',
  '/v2/a/b/blobs/..%2f..%2fx',
  '/v2/a/b/manifests/%00',
  '/v2/%zz/tags/list',
  '/etc/passwd',
])('%s is refused', async (path) => {
  await using registry = await startRegistry()
  expect([400, 404]).toContain((await call(registry, 'GET', path)).status)
})

test('in a folder it keeps blobs plainly, serves what is there, and remembers', async () => {
  await using folder = await temporaryFolder()
  let tagged: { digest: string }
  {
    await using registry = await startRegistry({ folder: folder.path })
    tagged = await putImage(await openRepository(`${registry.host}/a/b`, { fetch }), { tag: 'v1' })
  }
  await using registry = await startRegistry({ folder: folder.path })
  const repository = await openRepository(`${registry.host}/a/b`, { fetch })
  expect((await repository.resolve('v1'))?.digest).toBe(tagged.digest)
  const file = join(folder.path, 'blobs/sha256', tagged.digest.slice(7))
  expect(digestOf(await readFile(file))).toBe(tagged.digest)
  await writeFile(file, '{"changed":true}')
  expect(await (await call(registry, 'GET', '/v2/a/b/manifests/v1')).json()).toEqual({ changed: true })
  await expect(repository.manifest('v1')).rejects.toMatchObject({ code: 'OCI_DIGEST_MISMATCH' })
})
