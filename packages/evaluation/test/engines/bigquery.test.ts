import type { ServerResponse } from 'node:http'
import { describe, expect, test } from 'vitest'
import { bigqueryEngine } from '../../src/engines/bigquery.js'
import { schemaCheck } from './schemas.js'
import { type Asked, engineOptions, json, rowsOf, SECRET, standIn } from './stand-in.js'

const check = schemaCheck('bigquery')
const FIELDS = [
  { name: 'f', type: 'FLOAT' },
  { name: 'i', type: 'INTEGER' },
  { name: 'n', type: 'NUMERIC' },
  { name: 'b', type: 'BOOLEAN' },
  { name: 's', type: 'STRING', mode: 'NULLABLE' },
]
const ROWS = [
  ['0.30000000000000004', '9007199254740993', '1.25', 'true', "it's \\ é\n"],
  ['NaN', '-7', '12345678901234567890', 'false', null],
  ['-Infinity', null, '7', null, 'NaN'],
  ['1e-300', '9007199254740991', '-0.5', 'true', ''],
]
const READ = [
  [0.1 + 0.2, '9007199254740993', 1.25, true, "it's \\ é\n"],
  [Number.NaN, -7, '12345678901234567890', false, null],
  [-Infinity, null, 7, null, 'NaN'],
  [1e-300, 9007199254740991, -0.5, true, ''],
]

/**
 * As much of BigQuery's API v2 as a query needs: the job is not done at once, and its rows come two at a time.
 * Requests and answers are held against the discovery document.
 */
function bigquery(changed: { readonly pending?: number; readonly totalRows?: string } = {}) {
  let pending = changed.pending ?? 1
  const job = { jobReference: { projectId: 'p-1', jobId: 'job 1', location: 'EU' } }
  const page = (start: number) => ({
    ...job,
    jobComplete: true,
    schema: { fields: FIELDS },
    totalRows: changed.totalRows ?? String(ROWS.length),
    rows: ROWS.slice(start, start + 2).map((row) => ({ f: row.map((v) => ({ v })) })),
    ...(start + 2 < ROWS.length ? { pageToken: `from-${start + 2}` } : {}),
  })
  const send = (response: ServerResponse, name: string, body: unknown) => {
    check(name, body)
    json(response, 200, body)
  }
  return (asked: Asked, response: ServerResponse) => {
    const { pathname, searchParams } = new URL(asked.path, 'http://x')
    if (asked.headers['authorization'] !== `Bearer ${SECRET}`) {
      return json(response, 401, {
        error: { code: 401, message: 'Request had invalid authentication credentials.' },
      })
    }
    if (asked.method === 'POST' && pathname === '/bigquery/v2/projects/p-1/queries') {
      check('QueryRequest', JSON.parse(asked.body))
      return send(response, 'QueryResponse', pending-- > 0 ? { ...job, jobComplete: false } : page(0))
    }
    if (asked.method === 'GET' && pathname === '/bigquery/v2/projects/p-1/queries/job%201') {
      if (searchParams.get('location') !== 'EU') {
        return json(response, 404, { error: { code: 404, message: 'Not found: Job job 1' } })
      }
      const start = Number(searchParams.get('pageToken')?.slice(5) ?? 0)
      return send(
        response,
        'GetQueryResultsResponse',
        pending-- > 0 ? { ...job, jobComplete: false } : page(start),
      )
    }
    return json(response, asked.path.includes('/cancel') ? 200 : 404, {})
  }
}

describe('bigquery', () => {
  test.each([0, 1, 3])(
    'waits for a job that is asked for %i times, and reads all of its pages',
    async (pending) => {
      await using server = await standIn(bigquery({ pending }))
      const engine = bigqueryEngine(engineOptions(`${server.url}/projects/p-1`))
      expect(await rowsOf(engine)).toEqual(READ)
      expect(server.asked.filter(({ path }) => path.includes('/cancel'))).toEqual([])
    },
  )

  test('the dataset and the location of the address are those of the statement', async () => {
    await using server = await standIn(bigquery())
    const engine = bigqueryEngine(engineOptions(`${server.url}/projects/p-1/datasets/d_2?location=EU`))
    await rowsOf(engine, 'select a from t')
    expect(JSON.parse(server.asked[0]!.body)).toMatchObject({
      query: 'select a from t',
      useLegacySql: false,
      location: 'EU',
      defaultDataset: { projectId: 'p-1', datasetId: 'd_2' },
    })
  })

  test('an answer that lacks rows is no answer', async () => {
    await using server = await standIn(bigquery({ totalRows: '5' }))
    const rows = rowsOf(bigqueryEngine(engineOptions(`${server.url}/projects/p-1`)))
    await expect(rows).rejects.toMatchObject({
      code: 'ENGINE_ANSWER_MALFORMED',
      message: expect.stringMatching(/4 of 5 rows/),
    })
  })

  test('a job that fails while it is waited for fails in its own words', async () => {
    const answer = bigquery()
    await using server = await standIn((asked, response) =>
      asked.method === 'GET'
        ? json(response, 400, {
            error: { code: 400, message: 'Division by zero: 1 / 0', errors: [{ reason: 'invalidQuery' }] },
          })
        : answer(asked, response),
    )
    const rows = rowsOf(bigqueryEngine(engineOptions(`${server.url}/projects/p-1`)))
    await expect(rows).rejects.toMatchObject({
      code: 'ENGINE_FAILED',
      message: expect.stringMatching(/Division by zero: 1 \/ 0/),
    })
  })

  test('a job that nobody waits for any more is cancelled', async () => {
    await using server = await standIn(bigquery({ pending: 1_000_000 }))
    const engine = bigqueryEngine(engineOptions(`${server.url}/projects/p-1`, { limits: { time: 300 } }))
    await expect(rowsOf(engine)).rejects.toMatchObject({ code: 'ENGINE_TIMEOUT' })
    expect(server.asked.at(-1)).toMatchObject({
      method: 'POST',
      path: '/bigquery/v2/projects/p-1/jobs/job%201/cancel?location=EU',
    })
  })

  test.each(['/', '/projects', '/projects/p/tables/t', '/datasets/d', '/projects/p?user=me'])(
    'is not at %s',
    (path) => {
      expect(() => bigqueryEngine(engineOptions(`https://bigquery.example.org${path}`))).toThrow(
        expect.objectContaining({ code: 'ENGINE_URL_INVALID' }),
      )
    },
  )
})
