import * as v from 'valibot'
import { TRINO } from '../slices/condition/dialects.js'
import type { SqlBatch, SqlEngine } from './engine.js'
import { engineAddress, pathParts } from './server/address.js'
import type { CellKind } from './server/cells.js'
import { cellOfOne, columnsOf, type OnColumns, type ServerColumn } from './server/columns.js'
import type { Exchange } from './server/exchange.js'
import type { ServerOptions } from './server/options.js'
import { Server } from './server/server.js'

const EXPECTED = 'https://host:port/catalog/schema'

/** The part of an answer that is read (trino.io, "Trino client REST API"). */
const Page = v.object({
  stats: v.object({ state: v.string() }),
  nextUri: v.optional(v.string()),
  columns: v.optional(v.array(v.object({ name: v.string(), type: v.string() }))),
  data: v.optional(v.array(v.array(v.unknown()))),
  error: v.optional(v.object({ message: v.optional(v.string()), errorName: v.optional(v.string()) })),
})
type Page = v.InferOutput<typeof Page>

/**
 * Trino by its REST protocol: a statement is posted, and each answer names where the next part is.
 * @throws SluiceError ENGINE_URL_INVALID
 */
export function trinoEngine(options: ServerOptions): SqlEngine {
  const url = engineAddress(options.url, EXPECTED)
  const [catalog, schema] = pathParts(url, EXPECTED, (count) => count <= 2)
  const server = new Server('Trino', url, options)
  const headers = {
    'x-trino-source': 'sluice',
    ...(options.user ? { 'x-trino-user': options.user } : {}),
    ...(catalog === undefined ? {} : { 'x-trino-catalog': catalog }),
    ...(schema === undefined ? {} : { 'x-trino-schema': schema }),
    'x-trino-time-zone': 'UTC',
    'x-trino-session': `query_max_run_time=${Math.ceil(server.limits.time / 1000)}s`,
  }

  async function* run(sql: string, tell: OnColumns = () => {}): AsyncGenerator<SqlBatch> {
    const exchange = server.begin(headers)
    let next: URL | undefined
    try {
      let page = await ask(exchange, new URL('/v1/statement', url), { method: 'POST', body: sql })
      for (let columns: ServerColumn[] | undefined; ; ) {
        if (page.error !== undefined) {
          next = undefined
          throw server.faults.failed(wordsOf(page) ?? 'it names no reason')
        }
        next = page.nextUri === undefined ? undefined : nextOf(page.nextUri)
        if (columns === undefined && page.columns !== undefined) {
          columns = page.columns.map(({ name, type }) => ({ name, cells: cellsOf(type) }))
          tell(columns)
        }
        if (page.data !== undefined) yield exchange.rows(page.data, columns ?? [])
        if (next === undefined) {
          if (page.stats.state === 'FINISHED') return
          throw server.faults.malformed(`it ends in the state ${page.stats.state}`)
        }
        page = await ask(exchange, next, { method: 'GET' })
      }
    } finally {
      if (next !== undefined) await exchange.cancel(next, { method: 'DELETE' })
    }
  }

  async function ask(exchange: Exchange, at: URL, init: RequestInit): Promise<Page> {
    const answer = v.safeParse(Page, await exchange.json(at, init, plainWords))
    if (!answer.success) throw server.faults.malformed(`${answer.issues[0].message}`)
    return answer.output
  }

  function nextOf(text: string): URL {
    if (!URL.canParse(text)) throw server.faults.malformed('`nextUri` is no address')
    const next = new URL(text)
    if (next.origin !== url.origin) throw server.faults.elsewhere(next.host)
    return next
  }

  return {
    name: 'trino',
    dialect: TRINO,
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

function wordsOf({ error }: Page): string | undefined {
  return [error?.errorName, error?.message].filter((word) => word !== undefined).join(': ') || undefined
}

/** Trino answers a request that it does not take with a line of plain text; anything else is not Trino's. */
function plainWords(body: string): string | undefined {
  return /^[^<{]{1,1000}$/.test(body) ? body : undefined
}

function cellsOf(type: string): CellKind {
  if (type === 'double' || type === 'real') return 'float'
  if (/^(bigint|integer|smallint|tinyint)$/.test(type)) return 'integer'
  if (type.startsWith('decimal')) return 'decimal'
  if (type.startsWith('varchar')) return 'word'
  return type === 'boolean' ? 'boolean' : 'text'
}
