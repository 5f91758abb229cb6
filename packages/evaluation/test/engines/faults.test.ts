import type { ServerResponse } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { SluiceError } from '@sluice/errors'
import { describe, expect, test } from 'vitest'
import { bigqueryEngine } from '../../src/engines/bigquery.js'
import { clickhouseEngine } from '../../src/engines/clickhouse.js'
import { databricksEngine } from '../../src/engines/databricks.js'
import { trinoEngine } from '../../src/engines/trino.js'
import { type Answer, engineOptions, rowsOf, SECRET, standIn } from './stand-in.js'

const ENGINES = {
  trino: { open: trinoEngine, path: '/c/s' },
  clickhouse: { open: clickhouseEngine, path: '/db' },
  bigquery: { open: bigqueryEngine, path: '/projects/p' },
  databricks: { open: databricksEngine, path: '/sql/1.0/warehouses/w' },
}

const page = (response: ServerResponse) =>
  response.writeHead(200, { 'content-type': 'text/html' }).end('<html>Please log in</html>')

/** The same faults of whatever stands at an address, and what the user is told. */
const FAULTS: readonly [string, Answer, string][] = [
  ['a refused password', (_, r) => void r.writeHead(401).end('no'), 'ENGINE_REFUSED'],
  ['a forbidden request', (_, r) => void r.writeHead(403).end('{}'), 'ENGINE_REFUSED'],
  ['an error of the server', (_, r) => void r.writeHead(500).end('<html>oops</html>'), 'ENGINE_UNREACHABLE'],
  ['an error of a proxy', (_, r) => void r.writeHead(502).end(), 'ENGINE_UNREACHABLE'],
  ['a page to log in', (_, r) => void page(r), 'ENGINE_ANSWER_MALFORMED'],
  ['JSON that breaks off', (_, r) => void r.writeHead(200).end('{"nextUri": "ht'), 'ENGINE_ANSWER_MALFORMED'],
  ['JSON of something else', (_, r) => void r.writeHead(200).end('[1, 2]'), 'ENGINE_ANSWER_MALFORMED'],
  [
    'bytes that are no text',
    (_, r) => void r.writeHead(200).end(Buffer.from([0x7b, 0xff, 0x7d])),
    'ENGINE_ANSWER_MALFORMED',
  ],
  ['a cut connection', (_, r) => void r.destroy(), 'ENGINE_UNREACHABLE'],
  [
    'an answer that is cut',
    (_, r) => void r.writeHead(200, { 'content-length': 99 }).write('{', () => r.destroy()),
    'ENGINE_UNREACHABLE',
  ],
  ['an answer without end', (_, r) => endless(r), 'ENGINE_ANSWER_TOO_LARGE'],
  ['no answer', () => {}, 'ENGINE_TIMEOUT'],
  ['an answer that stalls', (_, r) => void r.writeHead(200).write('{'), 'ENGINE_TIMEOUT'],
]

const USERS: Readonly<Record<string, readonly (string | undefined)[]>> = {
  trino: [undefined, 'gate'],
  clickhouse: [undefined, 'gate'],
  bigquery: [undefined],
  databricks: [undefined],
}

describe.each(Object.entries(ENGINES))('%s', (engine, { open, path }) => {
  const limits = { time: 1000, answer: 1_000_000 }

  test.each(FAULTS)('%s', async (_, answer, code) => {
    await using server = await standIn(answer)
    const asking = open(engineOptions(server.url + path, { limits }))
    await expect(rowsOf(asking)).rejects.toMatchObject({ name: 'SluiceError', code, kind: 'surroundings' })
  })

  test.each([301, 302, 303, 307, 308])(
    'a redirect (%i) takes no credentials to another host',
    async (status) => {
      await using other = await standIn((_, response) => void response.end('{}'))
      await using server = await standIn(
        (_, response) => void response.writeHead(status, { location: `${other.url}/x` }).end(),
      )
      await expect(rowsOf(open(engineOptions(server.url + path)))).rejects.toMatchObject({
        code: 'ENGINE_ELSEWHERE',
      })
      expect(other.asked).toEqual([])
    },
  )

  test.each([400, 401, 500])('a password that the server repeats (%i) is not shown', async (status) => {
    await using server = await standIn((asked, response) => {
      const message = `Code: 1. DB::Exception: bad \u001b[31m::error::header ${asked.headers['authorization']}`
      response.writeHead(status).end(JSON.stringify({ message, error: { message } }))
    })
    for (const user of USERS[engine]!) {
      const error = await rowsOf(open(engineOptions(server.url + path, { user }))).catch(
        (one: SluiceError) => one,
      )
      expect(error).toBeInstanceOf(SluiceError)
      const shown = `${error} ${JSON.stringify(error)} ${(error as SluiceError).remedy}`
      expect(shown).not.toContain(SECRET)
      expect(shown).not.toContain(Buffer.from(`gate:${SECRET}`).toString('base64'))
      expect((error as SluiceError).message).not.toMatch(/[\u0000-\u001f]/)
    }
  })

  test.each([429, 502, 503, 504])('a busy server (%i) is asked again, a few times', async (status) => {
    const pauses: number[] = []
    await using server = await standIn((_, response) => void response.writeHead(status).end())
    const sleep = async (milliseconds: number) => void pauses.push(milliseconds)
    await expect(rowsOf(open(engineOptions(server.url + path, { sleep })))).rejects.toMatchObject({
      code: 'ENGINE_UNREACHABLE',
    })
    expect(pauses).toEqual([250, 1000, 4000])
    expect(server.asked).toHaveLength(4)
    expect(new Set(server.asked.map(({ body }) => body)).size).toBe(1)
  })

  test('what still runs ends when the engine is closed, or the run', async () => {
    await using server = await standIn(() => {})
    const run = new AbortController()
    const closing = open(engineOptions(server.url + path))
    const running = expect(rowsOf(closing)).rejects.toMatchObject({ code: 'ENGINE_FAILED' })
    const another = expect(
      rowsOf(open(engineOptions(server.url + path, { signal: run.signal }))),
    ).rejects.toBe('stop')
    await sleep(50)
    await closing.close()
    run.abort('stop')
    await Promise.all([running, another])
  })

  test.each([
    ['plain http to another machine', 'http://db.example.org'],
    ['plain http to an address of a private network', 'http://10.0.0.7'],
    ['a password in the address', 'https://gate:secret@db.example.org'],
    ['another scheme', 'ftp://db.example.org'],
    ['no address', 'db.example.org:8443'],
    ['a fragment', 'https://db.example.org#x'],
  ])('%s is refused, and not shown', (_, origin) => {
    const url = origin.includes('#') ? origin.replace('#', `${path}#`) : origin + path
    const failed = (() => {
      try {
        return open(engineOptions(url))
      } catch (error) {
        return error as SluiceError
      }
    })()
    expect(failed).toMatchObject({ code: 'ENGINE_URL_INVALID', kind: 'usage' })
    expect(String(failed)).not.toMatch(/secret|example\.org:|gate/)
  })

  test.each(['http://127.0.0.1:8080', 'http://localhost:8080', 'http://[::1]:8080', 'https://10.0.0.7'])(
    '%s is taken',
    (origin) => expect(() => open(engineOptions(origin + path))).not.toThrow(),
  )
})

test.each(['bigquery', 'databricks'] as const)('%s takes no user, for there are only tokens', (engine) => {
  const { open, path } = ENGINES[engine]
  expect(() => open(engineOptions(`https://db.example.org${path}`, { user: 'gate' }))).toThrow(
    expect.objectContaining({ code: 'ENGINE_INPUTS_INVALID' }),
  )
})

function endless(response: ServerResponse): void {
  response.writeHead(200)
  const more = () => {
    while (response.writable && response.write(`{"row":[${'1,'.repeat(10_000)}1]}\n`));
  }
  response.on('drain', more)
  more()
}
