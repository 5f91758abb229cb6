import {
  type Agent,
  type IncomingHttpHeaders,
  type IncomingMessage,
  request,
  type ServerResponse,
} from 'node:http'
import { pipeline } from 'node:stream'
import type { PoolServer } from './pool.js'

/** Headers that belong to one connection (RFC 9110, section 7.6.1). */
const HOP_BY_HOP = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

/** Passes one request on and its answer back, both as streams. */
export function forward(
  incoming: IncomingMessage,
  response: ServerResponse,
  server: PoolServer,
  options: { readonly agent: Agent; readonly timeout: number },
): void {
  const outgoing = request({
    host: server.url.hostname,
    port: server.url.port,
    method: incoming.method,
    path: incoming.url,
    headers: endToEnd(incoming.headers),
    agent: options.agent,
  })
  const timer = setTimeout(() => {
    fail(response, 504, 'Gateway Time-out', "The server didn't respond in time.")
    outgoing.destroy()
  }, options.timeout)
  outgoing.on('response', (answer) => {
    clearTimeout(timer)
    if (response.headersSent) return
    response.writeHead(answer.statusCode ?? 502, endToEnd(answer.headers))
    // A server that stops in the middle leaves the client with a cut connection, not with a short answer.
    answer.setTimeout(options.timeout, () => answer.destroy())
    pipeline(answer, response, () => {})
  })
  outgoing.on('error', () => {
    clearTimeout(timer)
    fail(response, 503, 'Service Unavailable', 'No server is available to handle this request.')
  })
  response.on('close', () => {
    clearTimeout(timer)
    if (!response.writableFinished) outgoing.destroy()
  })
  // Failures of the upload show as errors of `outgoing`, which are answered above.
  pipeline(incoming, outgoing, () => {})
}

/** HAProxy's own error page, unless an answer is already under way. */
export function fail(response: ServerResponse, status: number, title: string, text: string): void {
  if (response.writableEnded) return
  if (response.headersSent) {
    response.destroy()
    return
  }
  response.writeHead(status, { 'content-type': 'text/html', 'cache-control': 'no-cache' })
  response.end(`<html><body><h1>${status} ${title}</h1>\n${text}\n</body></html>\n`)
}

function endToEnd(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !HOP_BY_HOP.has(name)))
}
