import { connect } from 'node:net'
import { expect, test } from 'vitest'
import { HttpFault, json, readJson, startLoopback } from '../../src/server/loopback.js'

/** What a server answers to bytes as they are. */
function raw(url: string, text: string): Promise<string> {
  const { port } = new URL(url)
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), '127.0.0.1', () => socket.write(text))
    let answer = ''
    socket.setEncoding('utf8').on('data', (data) => {
      answer += data
    })
    socket.on('close', () => resolve(answer)).on('error', reject)
    socket.setTimeout(2_000, () => socket.destroy())
  })
}

test('a body beyond the limit is refused before it is held', async () => {
  await using server = await startLoopback(async (call) => json(200, (await call.body(10)).length))
  const ask = async (body: string) => (await fetch(server.url, { method: 'POST', body })).status
  await expect(ask('0123456789')).resolves.toBe(200)
  await expect(ask('0123456789a')).resolves.toBe(413)
  await expect(ask('x'.repeat(1_000_000)).catch(() => 413)).resolves.toBe(413)
})

test.each(['', '[]', '"x"', '7', 'null', '{'])('the body %j is an object or refused', async (body) => {
  await using server = await startLoopback(async (call) => json(200, await readJson(call)))
  const { status } = await fetch(server.url, { method: 'POST', body })
  expect(status).toBe(body === '' ? 200 : 400)
})

test('refusals say what they are, and one that was not meant is a fault', async () => {
  await using server = await startLoopback(async ({ url }) => {
    if (url.pathname === '/meant') throw new HttpFault(418, 'no', { code: 'X' })
    throw new TypeError('undefined is not a function')
  })
  const meant = await fetch(`${server.url}/meant`)
  expect([meant.status, await meant.json()]).toEqual([418, { message: 'no', code: 'X' }])
  expect((await fetch(server.url)).status).toBe(500)
})

test.each([
  ['another host', 'GET / HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n', '421'],
  ['another port', 'GET / HTTP/1.1\r\nHost: 127.0.0.1:1\r\nConnection: close\r\n\r\n', '421'],
  ['no host', 'GET / HTTP/1.0\r\n\r\n', '421'],
  [
    'a URL of another server',
    'GET http://evil.example/x HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n',
    '421',
  ],
])('a request for %s is refused', async (_what, text, status) => {
  await using server = await startLoopback(async () => json(200, {}))
  expect(await raw(server.url, text)).toMatch(new RegExp(`^HTTP/1.1 ${status} `))
})

test('disposing cuts what is still open, and the port is free', async () => {
  const server = await startLoopback(() => new Promise(() => undefined))
  const hanging = fetch(server.url)
  hanging.catch(() => undefined)
  await new Promise((resolve) => setTimeout(resolve, 50))
  await server[Symbol.asyncDispose]()
  await expect(hanging).rejects.toThrow()
  await expect(fetch(server.url)).rejects.toThrow()
})
