import { once } from 'node:events'
import { Agent, createServer as createHttpServer } from 'node:http'
import { type AddressInfo, createServer as createSocketServer, type Server, type Socket } from 'node:net'
import { SluiceError } from '@sluice/errors'
import { fail, forward } from './forward.js'
import { choose, type Pool, seededRandom } from './pool.js'
import { answer, type Level } from './runtime-api.js'

export interface WeightedProxyOptions {
  /** Where requests come in; 127.0.0.1 and a free port unless given. */
  readonly host?: string
  readonly port?: number
  readonly backend: string
  readonly servers: readonly { readonly name: string; readonly url: string; readonly weight: number }[]
  /** Seed of the choice between servers; 1 unless given. */
  readonly seed?: number
  /** Milliseconds to wait for a server; 10000 unless given. */
  readonly timeout?: number
  /** Path of a unix socket for the runtime API; a free port on `host` unless given. */
  readonly runtimePath?: string
  /** What the runtime API may do; `admin` unless given. */
  readonly level?: Level
}

export interface WeightedProxy extends AsyncDisposable {
  readonly url: string
  /** Address of the runtime API, as `rollout.traffic.haproxy.socket` takes it. */
  readonly runtimeSocket: string
  /** Requests sent to each server so far. */
  served(): Readonly<Record<string, number>>
}

const COMMAND_LIMIT = 16 * 1024
const COMMAND_TIMEOUT = 10_000
const TIMEOUT = 10_000

/**
 * A small HTTP proxy with weights, for rehearsals where HAProxy is not installed: it speaks the part of HAProxy's
 * runtime API that moves weights.
 * @throws SluiceError PROXY_OPTIONS_INVALID
 */
export async function startWeightedProxy(options: WeightedProxyOptions): Promise<WeightedProxy> {
  const host = options.host ?? '127.0.0.1'
  const pool = poolOf(options)
  const random = seededRandom(options.seed ?? 1)
  const agent = new Agent({ keepAlive: true })
  const timeout = options.timeout ?? TIMEOUT
  const http = createHttpServer((incoming, response) => {
    const server = choose(pool, random)
    if (!server) {
      fail(response, 503, 'Service Unavailable', 'No server is available to handle this request.')
      return
    }
    server.served++
    forward(incoming, response, server, { agent, timeout })
  })
  const sockets = new Set<Socket>()
  const runtime = createSocketServer((socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    serve(socket, (line) => answer(pool, line, options.level ?? 'admin'))
  })
  await listen(http, { host, port: options.port ?? 0 })
  await listen(runtime, options.runtimePath === undefined ? { host, port: 0 } : { path: options.runtimePath })
  return {
    url: `http://${hostAndPort(http)}`,
    runtimeSocket: options.runtimePath ?? hostAndPort(runtime),
    served: () => Object.fromEntries(pool.servers.map((server) => [server.name, server.served])),
    async [Symbol.asyncDispose]() {
      agent.destroy()
      for (const socket of sockets) socket.destroy()
      http.closeAllConnections()
      await Promise.all([close(http), close(runtime)])
    },
  }
}

/** One line in, one answer out, then the end, as HAProxy does outside of its interactive mode. */
function serve(socket: Socket, respond: (line: string) => string): void {
  let received = ''
  socket.setEncoding('utf8')
  socket.setTimeout(COMMAND_TIMEOUT, () => socket.destroy())
  socket.on('error', () => socket.destroy())
  socket.on('data', (text: string) => {
    received += text
    const end = received.indexOf('\n')
    if (end === -1 && received.length > COMMAND_LIMIT) socket.destroy()
    else if (end !== -1 && !socket.writableEnded) socket.end(respond(received.slice(0, end)))
  })
}

function poolOf(options: WeightedProxyOptions): Pool {
  const servers = options.servers.map(({ name, url, weight }) => {
    const parsed = URL.canParse(url) ? new URL(url) : undefined
    if (
      parsed?.protocol !== 'http:' ||
      !/^[\w.:-]+$/.test(name) ||
      !Number.isInteger(weight) ||
      weight < 0 ||
      weight > 256
    ) {
      throw new SluiceError(
        'PROXY_OPTIONS_INVALID',
        `The server ${JSON.stringify(name)} of the proxy is not usable.`,
        {
          remedy: 'Give a plain name, an http address and a whole weight from 0 to 256.',
        },
      )
    }
    return {
      name,
      url: parsed,
      initial: weight,
      weight,
      mode: 'ready' as const,
      served: 0,
      changedAt: Date.now(),
    }
  })
  return { backend: options.backend, servers }
}

async function listen(
  server: Server,
  where: { host: string; port: number } | { path: string },
): Promise<void> {
  server.listen(where)
  await once(server, 'listening')
}

function hostAndPort(server: Server): string {
  const { address, port, family } = server.address() as AddressInfo
  return family === 'IPv6' ? `[${address}]:${port}` : `${address}:${port}`
}

async function close(server: Server): Promise<void> {
  await new Promise<void>((resolve) => server.close(() => resolve()))
}
