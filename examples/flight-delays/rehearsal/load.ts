import { Agent, request } from 'node:http'
import type { FlightRequest } from './flights.ts'

/** Clients that go on asking until they are stopped. */
export interface Load extends AsyncDisposable {
  /** Answers so far, by status; 0 stands for a connection that failed. */
  readonly answers: ReadonlyMap<number, number>
}

/**
 * Sends held-out flights to `url`, one after the other, about `rate` a second.
 * Clients are many and slow rather than few and fast, as real ones are, so that a slow answer holds up nobody else.
 */
export function startLoad(url: string, flights: readonly FlightRequest[], rate: number): Load {
  const answers = new Map<number, number>()
  const agent = new Agent({ keepAlive: true, maxSockets: 64 })
  const open = new Set<Promise<void>>()
  let sent = 0
  const start = performance.now()
  const timer = setInterval(() => {
    const due = Math.floor(((performance.now() - start) / 1000) * rate)
    for (; sent < due; sent++) {
      const flight = flights[sent % flights.length] as FlightRequest
      const answer = ask(agent, `${url}/predict`, flight).then((status) => {
        answers.set(status, (answers.get(status) ?? 0) + 1)
      })
      open.add(answer)
      void answer.finally(() => open.delete(answer))
    }
  }, 20)
  return {
    answers,
    async [Symbol.asyncDispose]() {
      clearInterval(timer)
      await Promise.all(open)
      agent.destroy()
    },
  }
}

/** Which version answers now: how many of `count` requests each one served. */
export async function answeredBy(
  url: string,
  flights: readonly FlightRequest[],
  count: number,
): Promise<Map<string, number>> {
  const versions = new Map<string, number>()
  for (const flight of flights.slice(0, count)) {
    const answer = await fetch(`${url}/predict`, { method: 'POST', body: JSON.stringify(flight) })
    const { version = `status ${answer.status}` } = (await answer.json()) as { version?: string }
    versions.set(version, (versions.get(version) ?? 0) + 1)
  }
  return versions
}

function ask(agent: Agent, url: string, flight: FlightRequest): Promise<number> {
  return new Promise((resolve) => {
    const call = request(url, {
      method: 'POST',
      agent,
      timeout: 5_000,
      headers: { 'content-type': 'application/json' },
    })
    call.on('response', (response) => {
      response.resume()
      response.on('end', () => resolve(response.statusCode ?? 0))
      response.on('error', () => resolve(0))
    })
    call.on('timeout', () => call.destroy())
    call.on('error', () => resolve(0))
    call.end(JSON.stringify(flight))
  })
}
