import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createFetch, type Fetch, systemClock } from '@sluice/toolkit'

/** A server on this machine that answers as told. */
export async function serve(
  answer: (path: string, headers: IncomingHttpHeaders) => Promise<Response> | Response,
) {
  const server = createServer(async (request, response) => {
    const { status, headers, body } = await answer(request.url ?? '', request.headers)
    response.writeHead(status, Object.fromEntries(headers))
    response.end(body === null ? undefined : Buffer.from(await new Response(body).arrayBuffer()))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    [Symbol.asyncDispose]: () => new Promise<void>((resolve) => server.close(() => resolve())),
  }
}

/** The network as an action has it. */
export function realFetch(): Fetch {
  const log = { debug: () => {}, info: () => {}, warning: () => {} }
  return createFetch({ clock: systemClock, signal: new AbortController().signal, log })
}
