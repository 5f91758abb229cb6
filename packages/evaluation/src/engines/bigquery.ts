import { randomUUID } from 'node:crypto'
import * as v from 'valibot'
import { BIGQUERY } from '../slices/condition/dialects.js'
import type { SqlBatch, SqlEngine } from './engine.js'
import { engineAddress, invalid, pathParts } from './server/address.js'
import type { CellKind } from './server/cells.js'
import { columnsOf, type OnColumns, type ServerColumn } from './server/columns.js'
import { type Exchange, jsonWords } from './server/exchange.js'
import type { ServerOptions } from './server/options.js'
import { Server, tokenOnly } from './server/server.js'

const EXPECTED = 'https://bigquery.googleapis.com/projects/<project>/datasets/<dataset>'

/** Milliseconds that one request waits for a statement; BigQuery takes up to 200 seconds. */
const WAIT = 20_000

/** What `jobs.query` and `jobs.getQueryResults` have in common (BigQuery API v2, revision 20261009). */
const Answer = v.object({
  jobComplete: v.optional(v.boolean(), false),
  jobReference: v.optional(v.object({ jobId: v.string(), location: v.optional(v.string()) })),
  schema: v.optional(
    v.object({
      fields: v.array(v.object({ name: v.string(), type: v.string(), mode: v.optional(v.string()) })),
    }),
  ),
  rows: v.optional(v.array(v.object({ f: v.array(v.object({ v: v.optional(v.unknown()) })) })), []),
  totalRows: v.optional(v.string()),
  pageToken: v.optional(v.string()),
})
type Answer = v.InferOutput<typeof Answer>

const words = jsonWords((body) => (body as { error?: { message?: unknown } }).error?.message)

/**
 * BigQuery by its REST API (cloud.google.com, "REST reference", jobs.query), with an access token as password.
 * @throws SluiceError ENGINE_URL_INVALID
 */
export function bigqueryEngine(options: ServerOptions): SqlEngine {
  const url = engineAddress(options.url, EXPECTED, ['location'])
  const [projects, project, datasets, dataset] = pathParts(
    url,
    EXPECTED,
    (count) => count === 2 || count === 4,
  )
  if (projects !== 'projects' || (datasets !== undefined && datasets !== 'datasets')) {
    throw invalid('has another path', EXPECTED)
  }
  const location = url.searchParams.get('location') ?? undefined
  tokenOnly('BigQuery', options)
  const server = new Server('BigQuery', url, options)
  const base = `/bigquery/v2/projects/${encodeURIComponent(project!)}`

  async function* run(sql: string, tell: OnColumns = () => {}): AsyncGenerator<SqlBatch> {
    const exchange = server.begin()
    let answer = await start(exchange, sql)
    const job = answer.jobReference
    if (job === undefined) throw server.faults.malformed('it names no job')
    const at = (path: string, values: Readonly<Record<string, string | undefined>>) =>
      address(path.replace('{job}', encodeURIComponent(job.jobId)), {
        location: job.location ?? location,
        ...values,
      })
    let ended = false
    try {
      for (let read = 0; ; ) {
        if (answer.jobComplete) {
          ended = true
          const columns = fieldsOf(answer)
          if (read === 0) tell(columns)
          const rows = exchange.rows(cellsIn(answer), columns)
          read += rows.length
          if (rows.length > 0) yield rows
          if (answer.pageToken === undefined) {
            if (answer.totalRows === String(read)) return
            throw server.faults.malformed(`${read} of ${answer.totalRows} rows came`)
          }
        }
        const { schema } = answer
        const next = at('/queries/{job}', { timeoutMs: String(WAIT), pageToken: answer.pageToken })
        answer = await ask(exchange, next, { method: 'GET' })
        answer = { ...answer, ...(schema === undefined ? {} : { schema }) }
      }
    } finally {
      if (!ended) await exchange.cancel(at('/jobs/{job}/cancel', {}), { method: 'POST' })
    }
  }

  function start(exchange: Exchange, sql: string): Promise<Answer> {
    const body = {
      query: sql,
      // So that a request that is sent again starts no second job.
      requestId: randomUUID(),
      useLegacySql: false,
      timeoutMs: WAIT,
      jobTimeoutMs: String(server.limits.time),
      labels: { sluice: 'gate' },
      ...(location === undefined ? {} : { location }),
      ...(dataset === undefined ? {} : { defaultDataset: { projectId: project, datasetId: dataset } }),
    }
    return ask(exchange, address('/queries', {}), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
  }

  async function ask(exchange: Exchange, at: URL, init: RequestInit): Promise<Answer> {
    const answer = v.safeParse(Answer, await exchange.json(at, init, words))
    if (!answer.success) throw server.faults.malformed(answer.issues[0].message)
    return answer.output
  }

  function fieldsOf({ schema }: Answer): ServerColumn[] {
    if (schema === undefined) throw server.faults.malformed('it states no columns')
    return schema.fields.map(({ name, type, mode }) => ({
      name,
      cells: mode === 'REPEATED' ? 'text' : cellsOf(type),
    }))
  }

  function address(path: string, values: Readonly<Record<string, string | undefined>>): URL {
    const full = new URL(base + path, url)
    for (const [name, value] of Object.entries(values))
      if (value !== undefined) full.searchParams.set(name, value)
    return full
  }

  return {
    name: 'bigquery',
    dialect: BIGQUERY,
    // BigQuery states no version of its engine; its API has one.
    version: async () => 'v2',
    query: (sql) => run(sql),
    columns: (from) => columnsOf(run, from),
    close: async () => server.close(),
  }
}

function cellsIn({ rows }: Answer): unknown[][] {
  return rows.map(({ f }) => f.map((cell) => cell.v))
}

function cellsOf(type: string): CellKind {
  if (/^FLOAT(64)?$/.test(type)) return 'float'
  if (/^INT(EGER|64)$/.test(type)) return 'integer'
  if (/^(BIG)?NUMERIC$/.test(type)) return 'decimal'
  if (type === 'STRING') return 'word'
  return /^BOOL(EAN)?$/.test(type) ? 'boolean' : 'text'
}
