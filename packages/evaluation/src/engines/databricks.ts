import * as v from 'valibot'
import { DATABRICKS } from '../slices/condition/dialects.js'
import type { SqlBatch, SqlEngine } from './engine.js'
import { engineAddress, invalid, pathParts } from './server/address.js'
import type { CellKind } from './server/cells.js'
import { cellOfOne, columnsOf, type OnColumns } from './server/columns.js'
import { type Exchange, jsonWords } from './server/exchange.js'
import type { ServerOptions } from './server/options.js'
import { Server, tokenOnly } from './server/server.js'

const EXPECTED = 'https://<workspace>/sql/1.0/warehouses/<id>'
const STATEMENTS = '/api/2.0/sql/statements/'

/** Milliseconds between two questions whether a statement has ended: they grow, up to the last. */
const PAUSES = [500, 1000, 2000, 4000, 8000]

const Chunk = v.object({
  data_array: v.optional(v.array(v.array(v.nullable(v.string()))), []),
  next_chunk_index: v.optional(v.number()),
  external_links: v.optional(v.array(v.unknown())),
})

/** A statement's state and the first part of its rows (Databricks, "Statement Execution API", 2.0). */
const Statement = v.object({
  statement_id: v.string(),
  status: v.object({
    state: v.string(),
    error: v.optional(v.object({ error_code: v.optional(v.string()), message: v.optional(v.string()) })),
  }),
  manifest: v.optional(
    v.object({
      schema: v.object({
        columns: v.optional(v.array(v.object({ name: v.string(), type_name: v.string() })), []),
      }),
      total_row_count: v.optional(v.number()),
      truncated: v.optional(v.boolean()),
    }),
  ),
  result: v.optional(Chunk),
})
type Statement = v.InferOutput<typeof Statement>

const words = jsonWords((body) => (body as { message?: unknown }).message)

/**
 * Databricks SQL by its Statement Execution API, answers inline: links to cloud storage are not followed.
 * @throws SluiceError ENGINE_URL_INVALID
 */
export function databricksEngine(options: ServerOptions): SqlEngine {
  const url = engineAddress(options.url, EXPECTED, ['catalog', 'schema'])
  const path = pathParts(url, EXPECTED, (count) => count === 4)
  if (path.slice(0, 3).join('/') !== 'sql/1.0/warehouses') throw invalid('has another path', EXPECTED)
  tokenOnly('Databricks', options)
  const server = new Server('Databricks', url, options)

  async function* run(sql: string, tell: OnColumns = () => {}): AsyncGenerator<SqlBatch> {
    const exchange = server.begin()
    let statement = await start(exchange, sql)
    const at = (rest: string) =>
      new URL(`${STATEMENTS}${encodeURIComponent(statement.statement_id)}${rest}`, url)
    let ended = false
    try {
      for (let i = 0; isRunning(statement); i++) {
        const pause = PAUSES[Math.min(i, PAUSES.length - 1)]!
        await exchange.watched(() => options.sleep(pause, exchange.signal))
        statement = await ask(exchange, Statement, at(''), { method: 'GET' })
      }
      ended = true
      yield* rowsOf(exchange, statement, at, tell)
    } finally {
      if (!ended) await exchange.cancel(at('/cancel'), { method: 'POST' })
    }
  }

  async function* rowsOf(
    exchange: Exchange,
    statement: Statement,
    at: (rest: string) => URL,
    tell: OnColumns,
  ) {
    const { status, manifest } = statement
    if (manifest === undefined || !/^(SUCCEEDED|CLOSED)$/.test(status.state)) {
      throw server.faults.failed(status.error?.message ?? `the statement ended as ${status.state}`)
    }
    if (manifest.truncated === true) throw server.faults.tooLarge('it gives in one answer')
    const columns = manifest.schema.columns.map(({ name, type_name }) => ({
      name,
      cells: cellsOf(type_name),
    }))
    tell(columns)
    let read = 0
    for (let chunk = statement.result; chunk !== undefined; ) {
      if (chunk.external_links !== undefined) {
        throw server.faults.failed('it answered with links to cloud storage, which are not followed')
      }
      read += chunk.data_array.length
      if (chunk.data_array.length > 0) yield exchange.rows(chunk.data_array, columns)
      const next: number | undefined = chunk.next_chunk_index
      chunk =
        next === undefined
          ? undefined
          : await ask(exchange, Chunk, at(`/result/chunks/${next}`), { method: 'GET' })
    }
    if (read !== manifest.total_row_count) {
      throw server.faults.malformed(`${read} of ${manifest.total_row_count} rows came`)
    }
  }

  function start(exchange: Exchange, sql: string): Promise<Statement> {
    const body = {
      warehouse_id: path[3],
      statement: sql,
      wait_timeout: '30s',
      on_wait_timeout: 'CONTINUE',
      disposition: 'INLINE',
      format: 'JSON_ARRAY',
      ...Object.fromEntries(url.searchParams),
    }
    return ask(exchange, Statement, new URL(STATEMENTS, url), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
  }

  async function ask<S extends typeof Statement | typeof Chunk>(
    exchange: Exchange,
    schema: S,
    at: URL,
    init: RequestInit,
  ): Promise<v.InferOutput<S>> {
    const answer = v.safeParse(schema, await exchange.json(at, init, words))
    if (!answer.success) throw server.faults.malformed(answer.issues[0].message)
    return answer.output
  }

  return {
    name: 'databricks',
    dialect: DATABRICKS,
    async version() {
      const version = await cellOfOne(run('select current_version().dbsql_version'))
      if (version === undefined) throw server.faults.malformed('it does not state its version')
      return version
    },
    query: (sql) => run(sql),
    columns: (from) => columnsOf(run, from),
    close: async () => server.close(),
  }
}

function isRunning({ status }: Statement): boolean {
  return status.state === 'PENDING' || status.state === 'RUNNING'
}

function cellsOf(type: string): CellKind {
  if (/^(FLOAT|DOUBLE)$/.test(type)) return 'float'
  if (/^(BYTE|SHORT|INT|LONG)$/.test(type)) return 'integer'
  if (type === 'DECIMAL') return 'decimal'
  if (type === 'STRING') return 'word'
  return type === 'BOOLEAN' ? 'boolean' : 'text'
}
