import { once } from 'node:events'
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { type AddressInfo, connect, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { connect as connectTls } from 'node:tls'
import type { Certified } from './certificate.js'
import { type Environment, upstreamOf } from './upstream.js'

export interface GatewayOptions {
  /** `host` or `host:port` of https servers, and the loopback server that answers in their place. */
  readonly answered: ReadonlyMap<string, URL>
  /** Whether a host must not be reached at all. */
  readonly refused: (host: string) => boolean
  readonly certified: Certified
  /** The way out that this machine has. */
  readonly env: Environment
  /** Told of each refusal. */
  readonly say: (line: string) => void
}

/** The way from a rehearsed job to the network. */
export interface Gateway extends AsyncDisposable {
  /** `http://127.0.0.1:<port>`, for HTTPS_PROXY */
  readonly url: string
}

/**
 * Starts a forward proxy on loopback (CONNECT, RFC 9110 section 9.3.6). For the hosts it answers for, it ends TLS
 * itself and hands each request to their server on loopback; to refused ones it says 403; to others it opens a tunnel,
 * through this machine's own proxy where there is one, and sees nothing of what goes through.
 */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const { answered, certified, env, refused, say } = options
  const open = new Set<Duplex>()
  const inside = createTlsServer(
    { key: certified.key, cert: certified.certificate },
    (incoming, response) => {
      const server = answered.get(withoutDefault(incoming.headers.host ?? ''))
      if (server === undefined) response.writeHead(421).end()
      else void forward(incoming, response, server)
    },
  )
  // A model is uploaded for longer than Node's five minutes for a whole request.
  inside.requestTimeout = 0
  const outside = createServer((_, response) => response.writeHead(405).end())
  outside.on('connect', (incoming: IncomingMessage, socket: Duplex, head: Buffer) => {
    open.add(socket)
    socket.on('close', () => open.delete(socket)).on('error', () => socket.destroy())
    const target = incoming.url ?? ''
    const host = withoutDefault(target)
    if (!/^[\w.[\]:-]+:\d{1,5}$/.test(target)) socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')
    else if (answered.has(host)) {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n')
      if (head.length > 0) socket.unshift(head)
      inside.emit('connection', socket)
    } else if (refused(host)) {
      say(`A job was kept from ${host}: the rehearsal stands in for it.`)
      socket.end('HTTP/1.1 403 Forbidden by the rehearsal\r\n\r\n')
    } else tunnel(target, socket, head, env, open)
  })
  outside.listen(0, '127.0.0.1')
  await once(outside, 'listening')
  return {
    url: `http://127.0.0.1:${(outside.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      const closed = once(outside, 'close')
      outside.close()
      outside.closeAllConnections()
      inside.closeAllConnections()
      for (const socket of open) socket.destroy()
      await closed
    },
  }
}

function withoutDefault(host: string): string {
  return host.toLowerCase().replace(/:443$/, '')
}

async function forward(incoming: IncomingMessage, response: ServerResponse, server: URL): Promise<void> {
  const { method = 'GET', url: path = '/' } = incoming
  const headers = { ...incoming.headers, 'x-forwarded-proto': 'https' }
  const outgoing = request({ host: server.hostname, port: server.port, method, path, headers })
  const answer = once(outgoing, 'response') as Promise<[IncomingMessage]>
  // A server may answer before it has read all, and the answer counts.
  pipeline(incoming, outgoing).catch(() => undefined)
  try {
    const [reply] = await answer
    const more = incoming.complete ? {} : { connection: 'close' }
    response.writeHead(reply.statusCode ?? 502, { ...reply.headers, ...more })
    await pipeline(reply, response)
  } catch {
    outgoing.destroy()
    if (response.headersSent) response.destroy()
    else response.writeHead(502).end()
  }
}

function tunnel(target: string, socket: Duplex, head: Buffer, env: Environment, open: Set<Duplex>): void {
  const at = target.lastIndexOf(':')
  const host = target.slice(0, at).replace(/^\[|\]$/g, '')
  const proxy = upstreamOf(host, env)
  const port = Number(proxy?.port || (proxy?.protocol === 'https:' ? 443 : 80))
  const out: Socket =
    proxy === undefined
      ? connect(Number(target.slice(at + 1)), host)
      : proxy.protocol === 'https:'
        ? connectTls({ host: proxy.hostname, port, servername: proxy.hostname })
        : connect(port, proxy.hostname)
  open.add(out)
  out.once(proxy?.protocol === 'https:' ? 'secureConnect' : 'connect', () => {
    // This machine's proxy answers the CONNECT in our place, so that its refusals are told as its own.
    if (proxy === undefined) socket.write('HTTP/1.1 200 Connection established\r\n\r\n')
    else out.write(`CONNECT ${target} HTTP/1.1\r\nHost: ${target}\r\n${authorization(proxy)}\r\n`)
    if (head.length > 0) out.write(head)
    out.pipe(socket)
    socket.pipe(out)
  })
  out.on('error', () =>
    out.bytesRead > 0 ? socket.destroy() : socket.end('HTTP/1.1 502 Bad Gateway\r\n\r\n'),
  )
  out.on('close', () => open.delete(out))
  socket.on('close', () => out.destroy())
}

function authorization({ username, password }: URL): string {
  if (username === '') return ''
  const known = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`
  return `Proxy-Authorization: Basic ${Buffer.from(known).toString('base64')}\r\n`
}
