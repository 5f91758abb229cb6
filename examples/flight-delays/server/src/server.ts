import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Answer } from './answer.js'
import { failing } from './fault.js'
import { Metrics } from './metrics.js'
import type { Model } from './model.js'
import { predict } from './predict.js'

export interface ServerOptions {
  readonly model: Model
  readonly version: string
  readonly host: string
  /** 0 takes any free port. */
  readonly port: number
  /** The share of predictions that are answered with 500 on purpose, 0 to 1. */
  readonly failShare: number
  readonly failSeed: number
}

export interface RunningServer extends AsyncDisposable {
  readonly url: string
  /** Stops listening, lets open requests end, and cuts what is left after `graceMs`. */
  close(graceMs?: number): Promise<void>
}

export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const server = createServer({ requestTimeout: 10_000, headersTimeout: 5_000 }, listener(options))
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port, options.host, resolve)
  })
  const { address, family, port } = server.address() as AddressInfo
  const close = (graceMs = 2_000) => stop(server, graceMs)
  const url = `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`
  return { url, close, [Symbol.asyncDispose]: () => close() }
}

function listener({ model, version, failShare, failSeed }: ServerOptions) {
  const metrics = new Metrics(version)
  const fails = failing(failShare, failSeed)

  const answerPrediction = async (request: IncomingMessage): Promise<Answer> => {
    const start = performance.now()
    const answer = fails() ? INJECTED : await predict(request, model, version)
    metrics.observe(answer.status, (performance.now() - start) / 1000)
    return answer
  }
  const routes: Record<string, Route> = {
    '/predict': { method: 'POST', answer: answerPrediction },
    '/healthz': {
      method: 'GET',
      answer: () => ({ status: 200, body: { status: 'ok', model: model.name, version } }),
    },
    '/metrics': {
      method: 'GET',
      answer: () => ({ status: 200, body: metrics.text(), headers: METRICS_TYPE }),
    },
  }
  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const path = (request.url ?? '').split('?', 1)[0]!
    const route = Object.hasOwn(routes, path) ? routes[path]! : undefined
    if (!route) return send(request, response, { status: 404, body: { error: `there is no ${path}` } })
    if (request.method !== route.method) {
      const body = { error: `${path} takes ${route.method}` }
      return send(request, response, { status: 405, body, headers: { allow: route.method } })
    }
    send(request, response, await route.answer(request))
  }
}

interface Route {
  readonly method: string
  readonly answer: (request: IncomingMessage) => Answer | Promise<Answer>
}

const METRICS_TYPE = { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' }
const INJECTED: Answer = { status: 500, body: { error: 'failed on purpose: --fail-share is set' } }

function send(request: IncomingMessage, response: ServerResponse, { status, body, headers }: Answer): void {
  // A body that nobody read would be taken for the next request on this connection.
  if (!request.complete) request.resume()
  const text = typeof body === 'string' ? body : `${JSON.stringify(body)}\n`
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
    ...headers,
  })
  response.end(text)
}

async function stop(server: Server, graceMs: number): Promise<void> {
  const cut = setTimeout(() => server.closeAllConnections(), graceMs)
  await new Promise<void>((resolve) => {
    server.close(() => resolve())
    server.closeIdleConnections()
  })
  clearTimeout(cut)
}
