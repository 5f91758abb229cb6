import type { ServerResponse } from 'node:http'
import { describe, expect, test } from 'vitest'
import { databricksEngine } from '../../src/engines/databricks.js'
import { schemaCheck } from './schemas.js'
import { type Asked, engineOptions, json, rowsOf, SECRET, standIn } from './stand-in.js'

const check = schemaCheck('databricks')
const COLUMNS = ['DOUBLE', 'LONG', 'DECIMAL', 'BOOLEAN', 'STRING'].map((type_name, position) => ({
  name: `c${position}`,
  position,
  type_name,
}))
const ROWS = [
  ['0.30000000000000004', '9007199254740993', '1.25', 'true', "it's \\ é\n"],
  ['NaN', '-7', '12345678901234567890', 'false', null],
  ['-Infinity', null, '7.00', null, 'NaN'],
  ['1.0E-300', '9007199254740991', '-0.5', 'true', ''],
]
const READ = [
  [0.1 + 0.2, '9007199254740993', 1.25, true, "it's \\ é\n"],
  [Number.NaN, -7, '12345678901234567890', false, null],
  [-Infinity, null, 7, null, 'NaN'],
  [1e-300, 9007199254740991, -0.5, true, ''],
]
const STATEMENTS = '/api/2.0/sql/statements/'

interface Changed {
  readonly pending?: number
  readonly status?: unknown
  readonly manifest?: object
  readonly result?: object
}

/**
 * As much of the Statement Execution API as a query needs: the statement is pending first, and its rows come two at a
 * time. Requests and answers are held against the data classes of the makers' own client.
 */
function databricks(changed: Changed = {}) {
  let pending = changed.pending ?? 1
  const chunk = (index: number) => ({
    chunk_index: index,
    row_offset: 2 * index,
    row_count: 2,
    data_array: ROWS.slice(2 * index, 2 * index + 2),
    ...(index === 0
      ? { next_chunk_index: 1, next_chunk_internal_link: `${STATEMENTS}01ef/result/chunks/1?row_offset=2` }
      : {}),
  })
  const statement = () =>
    pending-- > 0
      ? { statement_id: '01ef', status: { state: pending > 0 ? 'PENDING' : 'RUNNING' } }
      : {
          statement_id: '01ef',
          status: changed.status ?? { state: 'SUCCEEDED' },
          manifest: {
            format: 'JSON_ARRAY',
            schema: { column_count: COLUMNS.length, columns: COLUMNS },
            total_chunk_count: 2,
            total_row_count: ROWS.length,
            truncated: false,
            ...changed.manifest,
          },
          result: changed.result ?? chunk(0),
        }
  const send = (response: ServerResponse, name: string, body: unknown) => {
    check(name, body)
    json(response, 200, body)
  }
  return (asked: Asked, response: ServerResponse) => {
    if (asked.headers['authorization'] !== `Bearer ${SECRET}`) {
      return json(response, 401, { error_code: 'UNAUTHENTICATED', message: 'Credential was not sent.' })
    }
    if (asked.method === 'POST' && asked.path === STATEMENTS) {
      check('ExecuteStatementRequest', JSON.parse(asked.body))
      return send(response, 'StatementResponse', statement())
    }
    if (asked.path === `${STATEMENTS}01ef`) return send(response, 'StatementResponse', statement())
    if (asked.path === `${STATEMENTS}01ef/result/chunks/1`) return send(response, 'ResultData', chunk(1))
    return json(response, asked.path.endsWith('/cancel') ? 200 : 404, {})
  }
}

const at = (url: string) => `${url}/sql/1.0/warehouses/abc123`

describe('databricks', () => {
  test.each([0, 1, 3])(
    'waits for a statement that is asked for %i times, and reads all of its parts',
    async (pending) => {
      await using server = await standIn(databricks({ pending }))
      expect(await rowsOf(databricksEngine(engineOptions(at(server.url))))).toEqual(READ)
      expect(server.asked.filter(({ path }) => path.includes('/cancel'))).toEqual([])
    },
  )

  test('the warehouse, the catalog and the schema of the address are those of the statement', async () => {
    await using server = await standIn(databricks())
    const engine = databricksEngine(engineOptions(`${at(server.url)}?catalog=main&schema=gate`))
    await rowsOf(engine, 'select a from t')
    expect(JSON.parse(server.asked[0]!.body)).toMatchObject({
      statement: 'select a from t',
      warehouse_id: 'abc123',
      catalog: 'main',
      schema: 'gate',
    })
  })

  test('waits longer from one question to the next', async () => {
    await using server = await standIn(databricks({ pending: 4 }))
    const pauses: number[] = []
    const sleep = async (milliseconds: number) => void pauses.push(milliseconds)
    await rowsOf(databricksEngine(engineOptions(at(server.url), { sleep })))
    expect(pauses).toEqual([500, 1000, 2000, 4000])
  })

  test.each<[string, Changed, string, RegExp]>([
    [
      'fails',
      { status: { state: 'FAILED', error: { error_code: 'BAD_REQUEST', message: '[DIVIDE_BY_ZERO] no' } } },
      'ENGINE_FAILED',
      /DIVIDE_BY_ZERO/,
    ],
    ['is cancelled by somebody', { status: { state: 'CANCELED' } }, 'ENGINE_FAILED', /CANCELED/],
    ['gives part of its rows', { manifest: { truncated: true } }, 'ENGINE_ANSWER_TOO_LARGE', /more/],
    ['lacks rows', { manifest: { total_row_count: 9 } }, 'ENGINE_ANSWER_MALFORMED', /4 of 9 rows/],
    [
      'answers with links',
      { result: { external_links: [{ external_link: 'https://storage.example.org/x?sig=1' }] } },
      'ENGINE_FAILED',
      /not followed/,
    ],
  ])('a statement that %s is no answer', async (_, changed, code, message) => {
    await using server = await standIn(databricks(changed))
    await expect(rowsOf(databricksEngine(engineOptions(at(server.url))))).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message),
    })
  })

  test('a statement that nobody waits for any more is cancelled', async () => {
    await using server = await standIn(databricks({ pending: 1_000_000 }))
    const engine = databricksEngine(engineOptions(at(server.url), { limits: { time: 300 } }))
    await expect(rowsOf(engine)).rejects.toMatchObject({ code: 'ENGINE_TIMEOUT' })
    expect(server.asked.at(-1)).toMatchObject({ method: 'POST', path: `${STATEMENTS}01ef/cancel` })
  })

  test.each(['/', '/sql/1.0/warehouses', '/sql/1.0/endpoints/x', '/sql/1.0/warehouses/x?token=y'])(
    'is not at %s',
    (path) => {
      expect(() => databricksEngine(engineOptions(`https://dbc.example.org${path}`))).toThrow(
        expect.objectContaining({ code: 'ENGINE_URL_INVALID' }),
      )
    },
  )
})
