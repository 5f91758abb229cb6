import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import type { SqlEngine, SqlValue } from '../../src/engines/engine.js'
import type { ServerOptions } from '../../src/engines/server/options.js'

export interface Asked {
  readonly method: string
  /** Path and query. */
  readonly path: string
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: string
}

export type Answer = (asked: Asked, response: ServerResponse) => void

/** A server on this machine that remembers what it was asked. */
export async function standIn(answer: Answer) {
  const asked: Asked[] = []
  const server = createServer(async (request, response) => {
    const { method = '', url: path = '', headers } = request
    const one = { method, path, headers, body: await text(request) }
    asked.push(one)
    answer(one, response)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

export function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}

export const SECRET = 'open-sesame-4711'

export function engineOptions(url: string, changed: Partial<ServerOptions> = {}): ServerOptions {
  return { url, password: SECRET, fetch, sleep: async () => {}, ...changed }
}

export async function rowsOf(engine: SqlEngine, sql = 'select 1'): Promise<SqlValue[][]> {
  const rows: SqlValue[][] = []
  for await (const batch of engine.query(sql)) rows.push(...batch.map((row) => [...row]))
  return rows
}
