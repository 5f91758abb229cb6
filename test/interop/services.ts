import { once } from 'node:events'
import { Agent, createServer, get } from 'node:http'
import type { AddressInfo } from 'node:net'
import { daemon, freePort } from './balancers.js'

/** Seconds; coarse, as services have them. */
const EDGES = [0.005, 0.05, 0.5]

/** A service with /metrics that answers every `failEvery`th request with 500; its error series is born with the first. */
export async function startService(failEvery = Number.POSITIVE_INFINITY) {
  const counts = new Map<number, number>()
  const within = EDGES.map(() => 0)
  let timed = 0
  const started = Date.now() / 1000
  const server = createServer((request, response) => {
    if (request.url === '/metrics') {
      const lines = [
        `process_start_time_seconds ${started}`,
        ...[...counts].map(([code, count]) => `http_requests_total{code="${code}"} ${count}`),
        ...EDGES.map((edge, index) => `http_request_duration_seconds_bucket{le="${edge}"} ${within[index]}`),
        `http_request_duration_seconds_bucket{le="+Inf"} ${timed}`,
        `http_request_duration_seconds_count ${timed}`,
      ]
      response.end(`${lines.join('\n')}\n`)
      return
    }
    const since = performance.now()
    const status = (timed + 1) % failEvery === 0 ? 500 : 200
    response.writeHead(status).end('{}')
    const seconds = (performance.now() - since) / 1000
    timed++
    counts.set(status, (counts.get(status) ?? 0) + 1)
    for (const [index, edge] of EDGES.entries()) if (seconds <= edge) within[index]!++
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    url,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** About `rate` requests a second over kept connections, until it is disposed of. */
export function startLoad(url: string, rate: number) {
  const agent = new Agent({ keepAlive: true, maxSockets: 32 })
  const statuses = new Map<number, number>()
  const start = performance.now()
  let sent = 0
  let ended = false
  const timer = setInterval(() => {
    for (const due = ((performance.now() - start) / 1000) * rate; sent < due; sent++) {
      const call = get(url, { agent }, (response) => {
        statuses.set(response.statusCode!, (statuses.get(response.statusCode!) ?? 0) + 1)
        response.resume()
      })
      // Requests that the end cuts off are no failures.
      call.on('error', () => ended || statuses.set(0, (statuses.get(0) ?? 0) + 1))
    }
  }, 10)
  return {
    statuses,
    [Symbol.dispose]() {
      ended = true
      clearInterval(timer)
      agent.destroy()
    },
  }
}

/** Prometheus over some targets, each with the labels of its arm, scraping twice a second. */
export async function startPrometheus(program: string, targets: Readonly<Record<string, string>>) {
  const port = await freePort()
  const jobs = Object.entries(targets).map(
    ([name, address]) => `  - job_name: ${name}
    static_configs: [{ targets: ['${address}'], labels: { arm: ${name} } }]
`,
  )
  const config = `global: { scrape_interval: 500ms }\nscrape_configs:\n${jobs.join('')}`
  const url = `http://127.0.0.1:${port}`
  const ready = async () => {
    const response = await fetch(`${url}/api/v1/query?query=sum(up)`)
    const answer = (await response.json()) as { data: { result: { value: [number, string] }[] } }
    return answer.data.result[0]?.value[1] === String(jobs.length)
  }
  const process = await daemon(
    program,
    { 'prometheus.yml': config },
    () => [
      '--config.file=prometheus.yml',
      '--storage.tsdb.path=data',
      `--web.listen-address=127.0.0.1:${port}`,
      '--log.level=error',
    ],
    ready,
  )
  /** Waits until requests are seen: a rollout does not begin where nobody counts. */
  async function counting(series: string): Promise<void> {
    for (let attempt = 0; attempt < 100; attempt++) {
      const response = await fetch(`${url}/api/v1/query?query=${encodeURIComponent(series)}`)
      if (((await response.json()) as { data: { result: unknown[] } }).data.result.length > 0) return
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
    throw new Error(`Prometheus never saw ${series}`)
  }
  return { url, counting, [Symbol.asyncDispose]: () => process[Symbol.asyncDispose]() }
}
