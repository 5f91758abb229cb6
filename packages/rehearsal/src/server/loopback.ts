import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'

/** Bodies beyond this are refused where a route sets no limit of its own. */
const BODY_LIMIT = 32 * 1024 * 1024

/** A request, taken apart. */
export interface Call {
  readonly method: string
  readonly url: URL
  readonly headers: IncomingMessage['headers']
  /** The body as it comes in, for what is too large to hold. */
  readonly stream: Readable
  /** The whole body. @throws HttpFault 413 beyond `limit` bytes, 32 MiB by default */
  body(limit?: number): Promise<Buffer>
}

export interface Reply {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array | Readable
}

/** A request that a stand-in refuses; `message` goes to the one who asked. */
export class HttpFault extends Error {
  constructor(
    readonly status: number,
    message: string,
    readonly more: Readonly<Record<string, unknown>> = {},
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(message)
  }
}

/** A server that nobody but this machine can reach. */
export interface Loopback extends AsyncDisposable {
  /** `http://127.0.0.1:<port>` */
  readonly url: string
}

export function json(status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): Reply {
  return { status, headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) }
}

/**
 * Serves on a free port of 127.0.0.1 until disposed; connections that are still open are cut then.
 * A request for another host is refused, so that no page in a browser can reach a stand-in by a name of its own.
 */
export async function startLoopback(answer: (call: Call) => Promise<Reply>): Promise<Loopback> {
  const server = createServer((request, response) => void serve(request, response))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const url = `http://127.0.0.1:${port}`
  const hosts = [`127.0.0.1:${port}`, `localhost:${port}`]

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const reply = await decide(request).catch(refuse)
    // What was not read would be taken for the next request.
    if (!request.complete) response.setHeader('connection', 'close')
    response.writeHead(reply.status, reply.headers)
    if (reply.body === undefined || typeof reply.body === 'string' || reply.body instanceof Uint8Array) {
      response.end(request.method === 'HEAD' ? undefined : reply.body)
      return
    }
    await pipeline(reply.body, response).catch(() => response.destroy())
  }

  async function decide(request: IncomingMessage): Promise<Reply> {
    if (!hosts.includes(request.headers.host ?? '')) throw new HttpFault(421, 'Not served here')
    if (!URL.canParse(request.url ?? '', url)) throw new HttpFault(400, 'The URL is malformed')
    return await answer({
      method: request.method ?? 'GET',
      url: new URL(request.url ?? '/', url),
      headers: request.headers,
      stream: request,
      body: (limit = BODY_LIMIT) => readAll(request, limit),
    })
  }

  return {
    url,
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}

function refuse(error: unknown): Reply {
  if (error instanceof HttpFault)
    return json(error.status, { message: error.message, ...error.more }, error.headers)
  return json(500, { message: error instanceof Error ? error.message : 'The stand-in failed' })
}

async function readAll(stream: AsyncIterable<Buffer>, limit: number): Promise<Buffer> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of stream) {
    size += chunk.length
    if (size > limit) throw new HttpFault(413, `The body has more than ${limit} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

/** The body as JSON. @throws HttpFault 400 */
export async function readJson(call: Call, limit?: number): Promise<Readonly<Record<string, unknown>>> {
  const text = (await call.body(limit)).toString()
  try {
    const value: unknown = JSON.parse(text === '' ? '{}' : text)
    if (typeof value === 'object' && value !== null && !Array.isArray(value))
      return value as Record<string, unknown>
  } catch {
    // Falls through to the one refusal: what is no JSON is told like what is no object.
  }
  throw new HttpFault(400, 'Problems parsing JSON')
}

/** The token of `Authorization: Bearer …` or `token …`, which GitHub takes as well. */
export function bearerOf(call: Call): string | undefined {
  return /^(?:bearer|token) (\S+)$/i.exec(call.headers.authorization ?? '')?.[1]
}
