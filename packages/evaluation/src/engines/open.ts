import type { SqlEngine } from './engine.js'
import type { ServerOptions } from './server/options.js'

/** Engines that are servers, each in a chunk of its own: a gate over files loads none. */
const SERVERS = {
  bigquery: async (options: ServerOptions) => (await import('./bigquery.js')).bigqueryEngine(options),
  clickhouse: async (options: ServerOptions) => (await import('./clickhouse.js')).clickhouseEngine(options),
  databricks: async (options: ServerOptions) => (await import('./databricks.js')).databricksEngine(options),
  trino: async (options: ServerOptions) => (await import('./trino.js')).trinoEngine(options),
} as const

export type ServerName = keyof typeof SERVERS

export const SERVER_NAMES = Object.keys(SERVERS) as ServerName[]

/** @throws SluiceError ENGINE_URL_INVALID */
export function openServer(name: ServerName, options: ServerOptions): Promise<SqlEngine> {
  return SERVERS[name](options)
}
