import { randomBytes } from 'node:crypto'
import { SluiceError } from '@sluice/errors'
import { describe, expect, test } from 'vitest'
import {
  digestOf,
  fallbackTag,
  OCI_INDEX,
  OCI_MANIFEST,
  openRepository,
  startRegistry,
} from '../src/index.js'
import { bytesOf, once, putImage } from './content.js'
import { scripted } from './scripted.js'

const patience = { attempts: 3, idle: 300, first: 5, waiting: 5_000 }
const credentials = async () => ({ kind: 'password', username: 'ada', password: 'pa55word' }) as const
const content = randomBytes(400_000)
const blob = { mediaType: 'x/y', digest: digestOf(content), size: content.byteLength }

const open = (host: string, options = {}) => openRepository(`${host}/dev/x`, { fetch, patience, ...options })

describe('reading from a registry', () => {
  test('that sends the client to its storage shows the storage no credentials', async () => {
    await using storage = await scripted((_, response) => void response.end(content))
    await using registry = await scripted((request, response) => {
      if (request.headers.authorization === undefined)
        response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end()
      else response.writeHead(307, { location: `${storage.url}/signed?key=secret` }).end()
    })
    expect(await bytesOf((await open(registry.host, { credentials })).blob(blob))).toEqual(content)
    expect(registry.seen.map(({ authorization }) => authorization)).toEqual([
      undefined,
      expect.stringMatching(/^Basic /),
    ])
    expect(storage.seen).toEqual([
      { line: 'GET /signed?key=secret', authorization: undefined, range: undefined },
    ])
  })

  test('that has a storage asking for credentials does not get them either', async () => {
    await using storage = await scripted(
      (_, response) => void response.writeHead(401, { 'www-authenticate': 'Basic realm="mine"' }).end(),
    )
    await using registry = await scripted(
      (_, response) => void response.writeHead(307, { location: storage.url }).end(),
    )
    await expect(bytesOf((await open(registry.host, { credentials })).blob(blob))).rejects.toMatchObject({
      code: 'OCI_UNAUTHORIZED',
    })
    expect(storage.seen.every(({ authorization }) => authorization === undefined)).toBe(true)
  })

  test.each([true, false])(
    'that cuts the connection goes on where it was (ranges honoured: %s)',
    async (ranges) => {
      await using registry = await scripted((request, response, count) => {
        const start = ranges ? Number(/bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0) : 0
        const rest = content.subarray(start)
        const headers = {
          'content-length': rest.byteLength,
          ...(start > 0
            ? { 'content-range': `bytes ${start}-${content.byteLength - 1}/${content.byteLength}` }
            : {}),
        }
        response.writeHead(start > 0 ? 206 : 200, headers)
        if (count > 3) response.end(rest)
        else response.write(rest.subarray(0, 100_000 * count), () => setTimeout(() => response.destroy(), 20))
      })
      expect(await bytesOf((await open(registry.host)).blob(blob))).toEqual(content)
      expect(registry.seen.length).toBeGreaterThanOrEqual(3)
      expect(registry.seen[1]!.range).toMatch(/^bytes=\d+-$/)
    },
  )

  test('that cuts the connection at once every time is unreachable', async () => {
    await using registry = await scripted((_, response) => void response.destroy())
    await expect(bytesOf((await open(registry.host)).blob(blob))).rejects.toMatchObject({
      code: 'OCI_UNREACHABLE',
      kind: 'surroundings',
    })
    expect(registry.seen).toHaveLength(3)
  })

  test.each(['before the headers', 'within the body'])('that stalls %s is given up', async (where) => {
    await using registry = await scripted((_, response) => {
      if (where === 'within the body')
        response.writeHead(200, { 'content-length': content.byteLength }).write(content.subarray(0, 10))
    })
    const started = Date.now()
    await expect(bytesOf((await open(registry.host)).blob(blob))).rejects.toMatchObject({
      code: 'OCI_UNREACHABLE',
    })
    expect(Date.now() - started).toBeLessThan(4_000)
  })

  test.each([
    ['other bytes', randomBytes(content.byteLength)],
    ['fewer bytes', content.subarray(1)],
    ['more bytes', Buffer.concat([content, Buffer.from('x')])],
    ['no bytes', Buffer.alloc(0)],
  ])('that has %s under the digest is not believed', async (_, bytes) => {
    await using registry = await scripted((_, response) => void response.end(bytes))
    await expect(bytesOf((await open(registry.host)).blob(blob))).rejects.toMatchObject({
      code: 'OCI_DIGEST_MISMATCH',
      kind: 'refused',
    })
  })

  test('that has another manifest under a digest, or misstates the digest of a tag, is not believed', async () => {
    const manifest = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: OCI_INDEX, manifests: [] }))
    await using registry = await scripted((_, response) => {
      response
        .writeHead(200, { 'content-type': OCI_INDEX, 'docker-content-digest': digestOf('other') })
        .end(manifest)
    })
    const repository = await open(registry.host)
    await expect(repository.manifest(digestOf('other'))).rejects.toMatchObject({
      code: 'OCI_DIGEST_MISMATCH',
    })
    await expect(repository.manifest('v1')).rejects.toMatchObject({ code: 'OCI_DIGEST_MISMATCH' })
    await expect(repository.resolve(digestOf('third'))).rejects.toMatchObject({ code: 'OCI_DIGEST_MISMATCH' })
  })

  test('that sends an endless manifest is stopped at the limit', async () => {
    let sent = 0
    await using registry = await scripted((_, response) => {
      response.writeHead(200, { 'content-type': OCI_MANIFEST })
      const more = () => {
        while (!response.destroyed && response.write(Buffer.alloc(65_536, 32))) sent += 65_536
      }
      response.on('drain', more)
      more()
    })
    await expect((await open(registry.host)).manifest('v1')).rejects.toMatchObject({ code: 'OCI_TOO_LARGE' })
    expect(sent).toBeLessThan(40 * 1024 * 1024)
  })

  test('that is busy is waited for as long as it asks', async () => {
    await using registry = await scripted((_, response, count) => {
      if (count === 1) response.writeHead(429, { 'retry-after': '1' }).end()
      else response.end(content)
    })
    const started = Date.now()
    expect(await bytesOf((await open(registry.host)).blob(blob))).toEqual(content)
    expect(Date.now() - started).toBeGreaterThan(950)
  })

  test('that asks for more patience than there is, is unreachable', async () => {
    await using registry = await scripted(
      (_, response) => void response.writeHead(503, { 'retry-after': '3600' }).end(),
    )
    await expect(bytesOf((await open(registry.host)).blob(blob))).rejects.toMatchObject({
      code: 'OCI_UNREACHABLE',
    })
    expect(registry.seen).toHaveLength(1)
  })

  test.each([
    [403, '{"errors":[{"code":"DENIED","message":"no"}]}', 'OCI_DENIED'],
    [404, '<html>not here</html>', 'OCI_NOT_FOUND'],
    [418, 'tea\u001b[31m\n::error::pot', 'OCI_PROTOCOL'],
  ])('that answers %i ends in its error, on one clean line', async (status, body, code) => {
    await using registry = await scripted((_, response) => void response.writeHead(status).end(body))
    const error = await bytesOf((await open(registry.host)).blob(blob)).catch(
      (thrown: Error & { code: string }) => thrown,
    )
    expect(error).toMatchObject({ code })
    expect((error as Error).message).not.toMatch(/[\u0000-\u001f]/)
  })
})

describe('writing to a registry', () => {
  test('begins anew when an upload is cut off', async () => {
    await using registry = await startRegistry()
    let cut = true
    await using between = await scripted(async (request, response) => {
      if (request.method === 'PUT' && cut) {
        cut = false
        request.once('data', () => request.destroy())
        return
      }
      const chunks: Uint8Array[] = []
      for await (const chunk of request) chunks.push(chunk as Uint8Array)
      const reply = await fetch(registry.url + request.url, {
        method: request.method!,
        ...(chunks.length === 0 ? {} : { body: Buffer.concat(chunks) }),
      })
      response.writeHead(
        reply.status,
        Object.fromEntries(
          [...reply.headers].filter(([name]) => !['connection', 'transfer-encoding'].includes(name)),
        ),
      )
      response.end(Buffer.from(await reply.arrayBuffer()))
    })
    let opened = 0
    const repository = await open(between.host)
    await repository.putBlob(blob, () => {
      opened++
      return once(content)
    })
    expect(opened).toBe(2)
    expect(await (await open(registry.host)).hasBlob(blob.digest, blob.size)).toBe(true)
    expect(between.seen.filter(({ line }) => line.startsWith('POST'))).toHaveLength(2)
  })

  test('begins anew when a fetch that repeats by itself gives up on an upload', async () => {
    await using registry = await startRegistry()
    let failures = 1
    const repeating: typeof fetch = async (input, init) => {
      if (init?.method !== 'PUT' || failures-- <= 0) return await fetch(input, init)
      throw new SluiceError('NETWORK_CUT', 'cut', { kind: 'surroundings', remedy: 'again' })
    }
    const repository = await open(registry.host, { fetch: repeating })
    await repository.putBlob(blob, () => once(content))
    expect(await repository.hasBlob(blob.digest)).toBe(true)
    failures = 9
    await expect(putImage(repository)).rejects.toMatchObject({ code: 'OCI_UNREACHABLE' })
  })

  test('stops at once when the run is told to stop', async () => {
    let calls = 0
    const stopped: typeof fetch = async () => {
      calls++
      throw new DOMException('stopped', 'AbortError')
    }
    await expect(putImage(await open('127.0.0.1:9', { fetch: stopped }))).rejects.toMatchObject({
      name: 'AbortError',
    })
    expect(calls).toBe(1)
  })

  test('gets a new token when the old one runs out on the way', async () => {
    await using registry = await startRegistry({
      token: { username: 'ada', password: 'pa55word', seconds: 1 },
    })
    const repository = await open(registry.host, { credentials })
    await putImage(repository, { tag: 'v1' })
    await new Promise((resolve) => setTimeout(resolve, 1_100))
    await putImage(repository, { tag: 'v2' })
    expect(await repository.tags()).toEqual(['v1', 'v2'])
  })

  test('with the wrong password says so, and does not say the password', async () => {
    await using registry = await startRegistry({ token: { username: 'ada', password: 'other' } })
    const error = await putImage(await open(registry.host, { credentials })).catch(
      (thrown: unknown) => thrown,
    )
    expect(error).toMatchObject({ code: 'OCI_UNAUTHORIZED' })
    expect(JSON.stringify(error, Object.getOwnPropertyNames(error))).not.toContain('pa55word')
  })

  test('that nobody may write to without credentials names the way to give some', async () => {
    await using registry = await startRegistry({ basic: { username: 'ada', password: 'pa55word' } })
    await expect(putImage(await open(registry.host))).rejects.toMatchObject({
      code: 'OCI_UNAUTHORIZED',
      remedy: 'No credentials were found: log in with `docker login` before.',
    })
    const helper = async () => ({ kind: 'helper', helper: 'ecr-login' }) as const
    await expect(putImage(await open(registry.host, { credentials: helper }))).rejects.toMatchObject({
      remedy: expect.stringContaining('docker-credential-ecr-login'),
    })
  })

  test('may pull anonymously and push with a token', async () => {
    await using registry = await startRegistry({
      token: { username: 'ada', password: 'pa55word', anonymousPull: true },
    })
    const image = await putImage(await open(registry.host, { credentials }), { tag: 'v1' })
    expect(await (await open(registry.host)).resolve('v1')).toEqual(image)
    await expect(putImage(await open(registry.host))).rejects.toMatchObject({ code: 'OCI_UNAUTHORIZED' })
  })
})

describe('the list of referrers', () => {
  const subject = digestOf('subject')
  const entry = (name: string) => ({
    mediaType: OCI_MANIFEST,
    digest: digestOf(name),
    size: 3,
    artifactType: 'x/y',
  })
  const index = (...names: string[]) =>
    JSON.stringify({ schemaVersion: 2, mediaType: OCI_INDEX, manifests: names.map(entry) })

  test('is read over all its pages', async () => {
    await using registry = await scripted((request, response) => {
      if (!request.url!.includes('/referrers/')) response.writeHead(404).end()
      else if (request.url!.includes('page=2'))
        response.writeHead(200, { 'content-type': OCI_INDEX }).end(index('b'))
      else
        response
          .writeHead(200, {
            'content-type': OCI_INDEX,
            link: `</v2/dev/x/referrers/${subject}?page=2>; rel="next"`,
          })
          .end(index('a'))
    })
    expect((await (await open(registry.host)).referrers(subject)).map(({ digest }) => digest)).toEqual([
      digestOf('a'),
      digestOf('b'),
    ])
  })

  test('is not continued on another host', async () => {
    await using registry = await scripted((_, response) => {
      response
        .writeHead(200, { 'content-type': OCI_INDEX, link: '<https://elsewhere.example/>; rel="next"' })
        .end(index('a'))
    })
    await expect((await open(registry.host)).referrers(subject)).rejects.toMatchObject({
      code: 'OCI_PROTOCOL',
    })
  })

  test('that the registry fails to give is an error, not an empty list', async () => {
    await using registry = await scripted((_, response) => void response.writeHead(500).end())
    await expect((await open(registry.host)).referrers(subject)).rejects.toMatchObject({
      code: 'OCI_UNREACHABLE',
    })
  })

  test('under a tag that cosign gave to an image is reported, and left alone', async () => {
    await using registry = await startRegistry()
    const repository = await open(registry.host)
    const image = await putImage(repository, { tag: fallbackTag(subject) })
    await expect(repository.referrers(subject)).rejects.toMatchObject({ code: 'OCI_FALLBACK_TAG_TAKEN' })
    expect((await repository.resolve(fallbackTag(subject)))?.digest).toBe(image.digest)
  })
})
