import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface Scripted extends AsyncDisposable {
  readonly host: string
  readonly url: string
  /** `GET /v2/…` with the Authorization that came along. */
  readonly seen: {
    readonly line: string
    readonly authorization: string | undefined
    readonly range: string | undefined
  }[]
}

/** A server that behaves as badly as the test says. */
export async function scripted(
  answer: (request: IncomingMessage, response: ServerResponse, count: number) => void | Promise<void>,
): Promise<Scripted> {
  const seen: Scripted['seen'] = []
  const server = createServer((request, response) => {
    seen.push({
      line: `${request.method} ${request.url}`,
      authorization: request.headers.authorization,
      range: request.headers.range,
    })
    void answer(request, response, seen.length)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    host,
    url: `http://${host}`,
    seen,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
    },
  }
}
