import { expect, test } from 'vitest'
import { type Clock, createFetch, type Fetch, type Limits, readText } from '../../src/index.js'
import { localServer } from './server.js'

/** A client whose waits pass at once and are recorded. */
function client(
  limits: Partial<Limits> = {},
  signal = new AbortController().signal,
): { fetch: Fetch; waits: number[] } {
  const waits: number[] = []
  const start = Date.parse('2026-03-03T12:00:00Z')
  const now = () => new Date(start + waits.reduce((sum, wait) => sum + wait, 0))
  const clock: Clock = {
    now,
    today: () => now().toISOString().slice(0, 10),
    sleep: async (milliseconds) => {
      waits.push(milliseconds)
    },
  }
  const log = { debug: () => {}, info: () => {}, warning: () => {} }
  return { fetch: createFetch({ clock, signal, log, limits, random: () => 0.5 }), waits }
}

test('a busy server is asked again, after what Retry-After says or after jittered, doubling waits', async () => {
  await using server = await localServer((_, response, n) => {
    if (n === 1) response.writeHead(429, { 'retry-after': '7' }).end()
    else if (n === 2) response.writeHead(503, { 'retry-after': 'Tue, 03 Mar 2026 12:00:19 GMT' }).end()
    else if (n === 3) response.writeHead(500).end()
    else response.end('done')
  })
  const { fetch, waits } = client()
  const response = await fetch(server.origin)
  expect(await response.text()).toBe('done')
  expect(waits).toEqual([7000, 12_000, 1000])
})

test('a Retry-After of a day is capped at a minute', async () => {
  await using server = await localServer((_, response, n) => {
    if (n === 1) response.writeHead(429, { 'retry-after': '86400' }).end()
    else response.end()
  })
  const { fetch, waits } = client()
  await fetch(server.origin)
  expect(waits).toEqual([60_000])
})

test('what stays is returned after four attempts; a wait beyond the deadline is not begun', async () => {
  await using server = await localServer((_, response) => response.writeHead(503).end())
  const { fetch } = client()
  expect((await fetch(server.origin)).status).toBe(503)
  expect(server.seen).toHaveLength(4)

  await using slow = await localServer((_, response) =>
    response.writeHead(429, { 'retry-after': '40' }).end(),
  )
  const hurried = client({ deadline: 60_000 })
  expect((await hurried.fetch(slow.origin)).status).toBe(429)
  expect(hurried.waits).toEqual([40_000])
})

test.each(['POST', 'PATCH'])('a %s is never repeated', async (method) => {
  await using server = await localServer((_, response) => response.writeHead(503).end())
  await client().fetch(server.origin, { method, body: 'x' })
  expect(server.seen).toHaveLength(1)
})

test('a PUT is repeated with its body, a streamed one is not', async () => {
  await using server = await localServer((request, response, n) => {
    request.resume().on('end', () => response.writeHead(n % 2 === 1 ? 502 : 201).end())
  })
  expect((await client().fetch(server.origin, { method: 'PUT', body: 'x' })).status).toBe(201)
  expect(
    (await client().fetch(server.origin, { method: 'PUT', body: new Blob(['x']).stream() })).status,
  ).toBe(502)
})

test('a connection that is cut is tried again, then named without its query', async () => {
  await using server = await localServer((request) => request.socket.destroy())
  const error = await client()
    .fetch(`${server.origin}/a?sig=secret`)
    .catch((error: unknown) => error)
  expect(error).toMatchObject({ code: 'NETWORK_UNREACHABLE', kind: 'surroundings' })
  expect((error as Error).message).toMatch(
    /^http:\/\/127\.0\.0\.1:\d+\/a cannot be reached: the connection was cut/,
  )
  expect((error as Error).message).not.toContain('secret')
  expect(server.seen).toHaveLength(4)
})

test('nobody listening is named as such', async () => {
  const closed = await localServer(() => {})
  await closed[Symbol.asyncDispose]()
  await expect(client({ retries: 0 }).fetch(closed.origin)).rejects.toMatchObject({
    code: 'NETWORK_UNREACHABLE',
    message: expect.stringContaining('nothing listens there'),
  })
})

test('a server that accepts and stays silent is given up', async () => {
  await using server = await localServer(() => {})
  await expect(client({ stall: 50, retries: 1 }).fetch(server.origin)).rejects.toMatchObject({
    code: 'NETWORK_TIMEOUT',
  })
  expect(server.seen).toHaveLength(2)
})

test('a body that stalls, and one that is cut, are failures and not shorter bodies', async () => {
  await using server = await localServer((request, response) => {
    response.writeHead(200, { 'content-length': '100' })
    response.write('half', () => {
      if (request.url === '/cut') response.destroy()
    })
  })
  const { fetch } = client({ stall: 50 })
  const stalled = await fetch(`${server.origin}/stall`)
  await expect(stalled.text()).rejects.toMatchObject({ code: 'NETWORK_TIMEOUT' })
  const cut = await fetch(`${server.origin}/cut`)
  await expect(cut.text()).rejects.toMatchObject({ code: 'NETWORK_CUT' })
})

test('a body longer than is read is refused while it is read', async () => {
  await using server = await localServer((_, response) => response.end('x'.repeat(1000)))
  const response = await client().fetch(server.origin)
  await expect(readText(response, 999)).rejects.toMatchObject({ code: 'HTTP_BODY_TOO_LARGE' })
})

test('credentials follow a redirect on the same server, and never to another one, nor back', async () => {
  await using other = await localServer((request, response) => {
    if (request.url === '/back') response.writeHead(302, { location: `${server.origin}/end` }).end()
    else response.end()
  })
  await using server = await localServer((request, response) => {
    const to = { '/same': '/end', '/out': `${other.origin}/end`, '/round': `${other.origin}/back` }[
      request.url ?? ''
    ]
    if (to) response.writeHead(302, { location: to }).end()
    else response.end()
  })
  const { fetch } = client()
  const headers = { authorization: 'Bearer s', cookie: 'a=b', 'x-vault-token': 't', 'x-plain': 'p' }
  await fetch(`${server.origin}/same`, { headers })
  expect(server.requests.at(-1)?.headers).toMatchObject(headers)
  await fetch(`${server.origin}/out`, { headers })
  await fetch(`${server.origin}/round`, { headers })
  for (const request of [...other.requests, server.requests.at(-1)]) {
    expect(request?.headers).toMatchObject({ 'x-plain': 'p' })
    expect(Object.keys(request?.headers ?? {})).not.toEqual(
      expect.arrayContaining([expect.stringMatching(/authorization|cookie|token/)]),
    )
  }
})

test("redirects end after ten, and manual and error ones are the caller's", async () => {
  await using server = await localServer((_, response, n) => {
    response.writeHead(302, { location: `/${n}` }).end()
  })
  await expect(client().fetch(server.origin)).rejects.toMatchObject({ code: 'HTTP_TOO_MANY_REDIRECTS' })
  expect(server.seen).toHaveLength(11)
  const manual = await client().fetch(server.origin, { redirect: 'manual' })
  expect([manual.status, manual.headers.get('location')]).toEqual([302, '/12'])
  await expect(client().fetch(server.origin, { redirect: 'error' })).rejects.toMatchObject({
    code: 'HTTP_REDIRECT_REFUSED',
  })
})

test('a POST becomes a GET after 302, stays itself after 307, and takes its body to no other server', async () => {
  await using other = await localServer((_, response) => response.end())
  await using server = await localServer((request, response) => {
    if (request.url === '/302') response.writeHead(302, { location: '/end' }).end()
    else if (request.url === '/307') response.writeHead(307, { location: '/end' }).end()
    else if (request.url === '/out') response.writeHead(307, { location: other.origin }).end()
    else response.end()
  })
  const post = (path: string) => client().fetch(`${server.origin}${path}`, { method: 'POST', body: 'secret' })
  await post('/302')
  await post('/307')
  expect(server.seen).toEqual(['POST /302', 'GET /end', 'POST /307', 'POST /end'])
  await expect(post('/out')).rejects.toMatchObject({ code: 'HTTP_REDIRECT_REFUSED' })
  expect(other.seen).toEqual([])
})

test.each(['ftp://e.example/', 'nonsense', 'https://user:secret@e.example/'])(
  '%s is refused without being shown',
  async (address) => {
    const error = (await client()
      .fetch(address)
      .catch((error: unknown) => error)) as Error
    expect(error).toMatchObject({ code: 'HTTP_URL_INVALID', kind: 'usage' })
    expect(error.message).not.toContain('secret')
  },
)

test('an abort ends a request with its own reason, also while the body is read', async () => {
  await using server = await localServer((request, response) => {
    if (request.url === '/body') response.writeHead(200).write('x')
  })
  const before = new AbortController()
  const request = client({}, before.signal).fetch(server.origin)
  setTimeout(() => before.abort(new Error('stopped')), 20)
  await expect(request).rejects.toThrow('stopped')

  const during = new AbortController()
  const response = await client({}, during.signal).fetch(`${server.origin}/body`)
  setTimeout(() => during.abort(new Error('stopped')), 20)
  await expect(response.text()).rejects.toThrow('stopped')
})

test('what is sent after the signal belongs to clearing up, and is sent', async () => {
  await using server = await localServer((_, response) => response.end('cleared'))
  const { fetch } = client({}, AbortSignal.abort(new Error('stopped')))
  expect(await (await fetch(server.origin)).text()).toBe('cleared')
  await expect(fetch(server.origin, { signal: AbortSignal.abort(new Error('own')) })).rejects.toThrow('own')
})
