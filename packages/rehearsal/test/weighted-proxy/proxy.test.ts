import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startWeightedProxy, type WeightedProxyOptions } from '@sluice/rehearsal'
import { describe, expect, test } from 'vitest'

async function server(listener: RequestListener) {
  const http = createServer(listener).listen(0, '127.0.0.1')
  await once(http, 'listening')
  return {
    url: `http://127.0.0.1:${(http.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      http.closeAllConnections()
      await new Promise((resolve) => http.close(resolve))
    },
  }
}

const before = (url: string, options: Partial<WeightedProxyOptions> = {}) =>
  startWeightedProxy({ backend: 'models', servers: [{ name: 'one', url, weight: 1 }], ...options })

describe('a server that', () => {
  test('has no weight is not asked, and the answer is that of HAProxy', async () => {
    await using proxy = await before('http://127.0.0.1:1', {
      servers: [{ name: 'one', url: 'http://127.0.0.1:1', weight: 0 }],
    })
    const response = await fetch(proxy.url)
    expect(response.status).toBe(503)
    expect(await response.text()).toContain('No server is available to handle this request.')
  })

  test('is not there is a 503', async () => {
    await using proxy = await before('http://127.0.0.1:1')
    expect((await fetch(proxy.url)).status).toBe(503)
  })

  test('does not answer in time is a 504', async () => {
    await using silent = await server(() => {})
    await using proxy = await before(silent.url, { timeout: 100 })
    expect((await fetch(proxy.url)).status).toBe(504)
  })

  test('stops in the middle of its answer leaves no whole answer', async () => {
    await using cut = await server((_, response) => {
      response.write('half', () => response.destroy())
    })
    await using proxy = await before(cut.url)
    await expect(fetch(proxy.url).then((response) => response.text())).rejects.toThrow()
  })
})

test('headers of one connection stay on it', async () => {
  let seen: Record<string, unknown> = {}
  await using origin = await server((request, response) => {
    seen = request.headers
    response.writeHead(200, { 'keep-alive': 'timeout=99', 'x-own': 'kept' }).end()
  })
  await using proxy = await before(origin.url)
  const response = await fetch(proxy.url, { headers: { te: 'trailers', 'x-own': 'kept' } })
  expect(response.headers.get('keep-alive')).not.toBe('timeout=99')
  expect(response.headers.get('x-own')).toBe('kept')
  expect(seen).toMatchObject({ 'x-own': 'kept' })
  expect(seen).not.toHaveProperty('te')
})

test('the same seed makes the same choices', async () => {
  await using a = await server((_, response) => response.end('a'))
  await using b = await server((_, response) => response.end('b'))
  const servers = [
    { name: 'a', url: a.url, weight: 1 },
    { name: 'b', url: b.url, weight: 1 },
  ]
  const play = async (seed: number) => {
    await using proxy = await startWeightedProxy({ backend: 'models', servers, seed })
    let answers = ''
    for (let i = 0; i < 32; i++) answers += await (await fetch(proxy.url)).text()
    expect(proxy.served()).toEqual({ a: answers.split('a').length - 1, b: answers.split('b').length - 1 })
    return answers
  }
  expect(await play(7)).toBe(await play(7))
  expect(await play(7)).not.toBe(await play(8))
})

test('the runtime API may listen on a unix socket', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-proxy-'))
  try {
    await using proxy = await before('http://127.0.0.1:1', { runtimePath: join(folder, 'admin.sock') })
    expect(proxy.runtimeSocket).toBe(join(folder, 'admin.sock'))
  } finally {
    await rm(folder, { recursive: true })
  }
})

test.each([
  ['a weight above 256', { name: 'one', url: 'http://127.0.0.1:1', weight: 300 }],
  ['a name with a space', { name: 'one two', url: 'http://127.0.0.1:1', weight: 1 }],
  ['another protocol', { name: 'one', url: 'ftp://127.0.0.1:1', weight: 1 }],
])('%s is refused', async (_, one) => {
  await expect(before('', { servers: [one] })).rejects.toMatchObject({ code: 'PROXY_OPTIONS_INVALID' })
})
