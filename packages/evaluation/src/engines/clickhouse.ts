import { ClickHouseLogLevel, createClient } from '@clickhouse/client-web'
import * as v from 'valibot'
import { CLICKHOUSE } from '../slices/condition/dialects.js'
import type { SqlBatch, SqlEngine } from './engine.js'
import { engineAddress, pathParts } from './server/address.js'
import { type CellKind, exactJson } from './server/cells.js'
import { cellOfOne, columnsOf, type OnColumns, type ServerColumn } from './server/columns.js'
import type { Exchange } from './server/exchange.js'
import { linesOf } from './server/lines.js'
import type { ServerOptions } from './server/options.js'
import { Server } from './server/server.js'

const EXPECTED = 'https://host:port/database'

/** Rows of an answer that are handed on together. */
const BATCH = 4096

/** Makes ClickHouse read SQL as the standard does, and write numbers so that none is changed. */
const SETTINGS = {
  join_use_nulls: 1,
  aggregate_functions_null_for_empty: 1,
  cast_keep_nullable: 1,
  group_by_use_nulls: 1,
  prefer_column_name_to_alias: 1,
  count_distinct_implementation: 'uniqExact',
  // Microseconds between two lines of progress.
  interactive_delay: '1000000',
  // Conditions and lists of labels are long; the default of 256 KiB is not.
  max_query_size: '16777216',
  output_format_json_quote_denormals: 1,
  output_format_json_quote_64bit_integers: 1,
  output_format_json_quote_decimals: 1,
  // Without it an error in the middle of an answer is text between the rows.
  http_write_exception_in_output_format: 1,
  cancel_http_readonly_queries_on_client_close: 1,
} as const

/** A line of JSONCompactEachRowWithProgress; progress keeps the connection awake while nothing is found yet. */
const Line = v.object({
  meta: v.optional(v.array(v.object({ name: v.string(), type: v.string() }))),
  row: v.optional(v.array(v.unknown())),
  exception: v.optional(v.string()),
})

/**
 * ClickHouse (25.2 or later) by its own client over HTTP, which is given this package's network.
 * @throws SluiceError ENGINE_URL_INVALID
 */
export function clickhouseEngine(options: ServerOptions): SqlEngine {
  const url = engineAddress(options.url, EXPECTED)
  const [database] = pathParts(url, EXPECTED, (count) => count <= 1)
  const server = new Server('ClickHouse', url, options)

  async function* run(sql: string, tell: OnColumns = () => {}): AsyncGenerator<SqlBatch> {
    const exchange = server.begin()
    const response = await ask(exchange, `${sql}\nFORMAT JSONCompactEachRowWithProgress`)
    let columns: ServerColumn[] | undefined
    const rows: unknown[][] = []
    const typed = (some: unknown[][]) => {
      if (columns === undefined) throw server.faults.malformed('it states no columns')
      return exchange.rows(some, columns)
    }
    for await (const text of linesOf(exchange.chunks(response))) {
      const line = read(text)
      if (line.exception !== undefined) throw server.faults.failed(line.exception)
      if (line.meta !== undefined) {
        columns = line.meta.map(({ name, type }) => ({ name, cells: cellsOf(type) }))
        tell(columns)
      }
      if (line.row !== undefined && rows.push(line.row) === BATCH) yield typed(rows.splice(0))
    }
    const last = typed(rows)
    if (last.length > 0) yield last
  }

  /** The client writes the request and its settings; what goes out and what comes back is ours. */
  async function ask(exchange: Exchange, sql: string): Promise<Response> {
    let sent: Promise<Response> | undefined
    const client = createClient({
      url: url.origin,
      ...credentials(options),
      ...(database === undefined ? {} : { database }),
      application: 'sluice',
      log: { level: ClickHouseLogLevel.OFF },
      request_timeout: server.limits.time,
      // A request with fetch's `keepalive` may not be longer than 64 KiB.
      keep_alive: { enabled: false },
      clickhouse_settings: { ...SETTINGS, max_execution_time: Math.ceil(server.limits.time / 1000) },
      fetch: (at, init) => {
        sent = exchange.send(new URL(String(at)), init ?? {}, wordsOf)
        return sent
      },
    })
    try {
      await client.exec({ query: sql })
    } catch (error) {
      // The client words some errors anew; the one that was thrown first has the code and no secrets.
      await sent
      throw server.faults.failed(error instanceof Error ? error.message : 'it names no reason')
    }
    return await sent!
  }

  function read(text: string): v.InferOutput<typeof Line> {
    try {
      return v.parse(Line, exactJson(text))
    } catch {
      if (text.includes('DB::Exception')) throw server.faults.failed(text)
      throw server.faults.malformed('a line of it is no JSON of this format, or breaks off')
    }
  }

  return {
    name: 'clickhouse',
    dialect: CLICKHOUSE,
    async version() {
      const version = await cellOfOne(run('select version()'))
      if (version === undefined) throw server.faults.malformed('it does not state its version')
      return version
    },
    query: (sql) => run(sql),
    columns: (from) => columnsOf(run, from),
    close: async () => server.close(),
  }
}

/** An exception as ClickHouse words it; a page of a proxy has none. */
function wordsOf(body: string): string | undefined {
  return body.includes('Exception:') ? body : undefined
}

function credentials({ user, password }: ServerOptions) {
  if (!user && password) return { access_token: password }
  return { username: user ?? 'default', password: password ?? '' }
}

function cellsOf(type: string): CellKind {
  const inner = type.replace(/^(?:LowCardinality\(|Nullable\()+/, '')
  if (/^B?Float/.test(inner)) return 'float'
  if (/^U?Int/.test(inner)) return 'integer'
  if (inner.startsWith('Decimal')) return 'decimal'
  if (inner.startsWith('String')) return 'word'
  return inner.startsWith('Bool') ? 'boolean' : 'text'
}
