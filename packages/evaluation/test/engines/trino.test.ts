import type { ServerResponse } from 'node:http'
import { describe, expect, test } from 'vitest'
import { trinoEngine } from '../../src/engines/trino.js'
import { type Asked, engineOptions, json, rowsOf, standIn } from './stand-in.js'

const COLUMNS = [
  { name: 'd', type: 'double' },
  { name: 'i', type: 'bigint' },
  { name: 's', type: 'varchar(5)' },
]

/** A Trino that answers page by page (trino.io, "Trino client REST API"); a test against a real one is in test/interop. */
function trino(pages: readonly ((base: string) => object | string)[]) {
  return (asked: Asked, response: ServerResponse) => {
    const base = `http://${asked.headers['host']}`
    const page = asked.method === 'POST' ? 0 : Number(asked.path.split('/').at(-1))
    const body = asked.method === 'DELETE' ? {} : pages[page]!(base)
    if (typeof body === 'string') response.writeHead(200).end(body)
    else
      json(response, 200, {
        id: '2026_x',
        stats: { state: 'nextUri' in body ? 'RUNNING' : 'FINISHED' },
        ...body,
      })
  }
}

const next = (base: string, page: number) => ({ nextUri: `${base}/v1/statement/executing/2026_x/y1/${page}` })

describe('trino', () => {
  test('follows an answer to its end, and asks as the address and the inputs say', async () => {
    await using server = await standIn(
      trino([
        (base) => next(base, 1),
        (base) => ({ columns: COLUMNS, ...next(base, 2) }),
        // As Trino writes it: JSON.parse alone would make 9007199254740992 of the bigint.
        (base) =>
          `{"id":"2026_x","stats":{"state":"RUNNING"},"columns":${JSON.stringify(COLUMNS)},"data":[["NaN",9007199254740993,"NaN"],[-0.0,1,null]],"nextUri":"${base}/v1/statement/executing/2026_x/y1/3"}`,
        () => ({ data: [['-Infinity', null, 'é']] }),
      ]),
    )
    const url = `${server.url}/lake/predictions`
    const engine = trinoEngine(engineOptions(url, { user: 'gate', password: 'pä:ss' }))
    expect(await rowsOf(engine, "select 'é'")).toEqual([
      [Number.NaN, '9007199254740993', 'NaN'],
      [-0, 1, null],
      [-Infinity, null, 'é'],
    ])
    const [first, ...others] = server.asked
    expect(first).toMatchObject({
      method: 'POST',
      path: '/v1/statement',
      body: "select 'é'",
      headers: {
        'x-trino-user': 'gate',
        'x-trino-catalog': 'lake',
        'x-trino-schema': 'predictions',
        authorization: `Basic ${Buffer.from('gate:pä:ss').toString('base64')}`,
      },
    })
    expect(others.map(({ method }) => method)).toEqual(['GET', 'GET', 'GET'])
  })

  test('a token without a user goes as a token', async () => {
    await using server = await standIn(trino([() => ({ columns: COLUMNS, data: [] })]))
    await rowsOf(trinoEngine(engineOptions(server.url, { password: 'ey.token' })))
    expect(server.asked[0]!.headers).toMatchObject({ authorization: 'Bearer ey.token' })
  })

  test('nothing is asked at another host, and the statement is not left running', async () => {
    await using other = await standIn((_, response) => json(response, 200, {}))
    await using server = await standIn(trino([() => next(other.url, 1)]))
    await expect(rowsOf(trinoEngine(engineOptions(server.url)))).rejects.toMatchObject({
      code: 'ENGINE_ELSEWHERE',
    })
    expect(other.asked).toEqual([])
  })

  test('an error in the middle of an answer is an error', async () => {
    const error = { errorName: 'EXCEEDED_TIME_LIMIT', message: 'Query exceeded the maximum run time' }
    await using server = await standIn(
      trino([(base) => ({ columns: COLUMNS, data: [[1, 1, 'a']], ...next(base, 1) }), () => ({ error })]),
    )
    await expect(rowsOf(trinoEngine(engineOptions(server.url)))).rejects.toMatchObject({
      code: 'ENGINE_FAILED',
      message: expect.stringContaining('EXCEEDED_TIME_LIMIT: Query exceeded the maximum run time'),
    })
  })

  test.each([
    ['more cells than columns', { columns: COLUMNS, data: [[1, 2, 'a', 'b']] }],
    ['rows without columns', { data: [[1]] }],
    ['a word where a number stands', { columns: COLUMNS, data: [['many', 1, 'a']] }],
    ['an address that is none', { columns: COLUMNS, nextUri: 'next' }],
    ['an end before the statement has ended', { columns: COLUMNS, data: [], stats: { state: 'RUNNING' } }],
    ['no rows but a word', { columns: COLUMNS, data: 'none' }],
  ])('%s is no answer', async (_, body) => {
    await using server = await standIn(trino([() => body]))
    await expect(rowsOf(trinoEngine(engineOptions(server.url)))).rejects.toMatchObject({
      code: 'ENGINE_ANSWER_MALFORMED',
    })
  })

  test('whoever reads no further has the statement cancelled', async () => {
    await using server = await standIn(
      trino([(base) => ({ columns: COLUMNS, data: [[1, 1, 'a']], ...next(base, 1) })]),
    )
    for await (const batch of trinoEngine(engineOptions(server.url)).query('select 1')) {
      expect(batch).toEqual([[1, 1, 'a']])
      break
    }
    expect(server.asked.at(-1)).toMatchObject({
      method: 'DELETE',
      path: '/v1/statement/executing/2026_x/y1/1',
    })
  })
})
