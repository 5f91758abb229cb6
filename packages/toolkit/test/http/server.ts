import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface LocalServer extends AsyncDisposable {
  readonly origin: string
  /** The requests so far, each as `METHOD path`. */
  readonly seen: string[]
  readonly requests: IncomingMessage[]
}

/** A server on loopback that answers each request by `answer`; `n` counts from 1. */
export async function localServer(
  answer: (request: IncomingMessage, response: ServerResponse, n: number) => void,
): Promise<LocalServer> {
  const seen: string[] = []
  const requests: IncomingMessage[] = []
  const server = createServer((request, response) => {
    seen.push(`${request.method} ${request.url}`)
    requests.push(request)
    answer(request, response, seen.length)
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  const { port } = server.address() as AddressInfo
  return {
    origin: `http://127.0.0.1:${port}`,
    seen,
    requests,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      await new Promise((closed) => server.close(closed))
    },
  }
}
