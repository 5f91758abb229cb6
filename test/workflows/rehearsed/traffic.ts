import { join } from 'node:path'
import { BACKEND, startBalancer } from '../../../examples/flight-delays/rehearsal/balancer.ts'
import { heldOutFlights } from '../../../examples/flight-delays/rehearsal/flights.ts'
import { startLoad } from '../../../examples/flight-delays/rehearsal/load.ts'
import { startModelServer } from '../../../examples/flight-delays/rehearsal/model-server.ts'
import { EXAMPLE, type World } from './world.js'

/** Requests a second, in all. */
const RATE = 400

/** Two versions of a model under requests of held-out flights, behind a balancer. */
export interface Servers extends AsyncDisposable {
  readonly socket: string
  readonly backend: string
  /** Addresses of their metrics. */
  readonly stable: string
  readonly canary: string
}

/** @param failShare share of the canary's answers that are errors */
export async function startServers(failShare: number): Promise<Servers> {
  await using stack = new AsyncDisposableStack()
  const model = (name: string) => join(EXAMPLE, 'models', name)
  const stable = stack.use(await startModelServer({ model: model('champion'), version: 'champion' }))
  const canary = stack.use(
    await startModelServer({ model: model('candidate'), version: 'candidate', failShare }),
  )
  const balancer = stack.use(await startBalancer(stable, canary))
  const flights = await heldOutFlights(join(EXAMPLE, 'data/holdout.parquet'), 5000)
  stack.use(startLoad(balancer.url, flights, RATE))
  const running = stack.move()
  return {
    socket: balancer.socket,
    backend: BACKEND,
    stable: `${stable.url}/metrics`,
    canary: `${canary.url}/metrics`,
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  }
}

/** Lets sluice.yaml's rollout find such servers: its plan in seconds instead of minutes. */
export async function startTraffic(world: World, failShare: number): Promise<AsyncDisposable> {
  const servers = await startServers(failShare)
  for (const [from, to] of [
    ['intervalSeconds: 5', 'intervalSeconds: 0.5'],
    ['weight: 5, minutes: 5, minRequests: 500', 'weight: 5, minutes: 0.03, minRequests: 30'],
    ['weight: 25, minutes: 10, minRequests: 1000', 'weight: 25, minutes: 0.03, minRequests: 100'],
    ['weight: 50, minutes: 10, minRequests: 1000', 'weight: 50, minutes: 0.03, minRequests: 200'],
    [
      'socket: /run/haproxy/admin.sock, backend: flight-delays',
      `socket: "${servers.socket}", backend: ${servers.backend}`,
    ],
    ['http://stable.flight-delays.internal:8080/metrics', servers.stable],
    ['http://canary.flight-delays.internal:8080/metrics', servers.canary],
  ] as const) {
    await world.edit('sluice.yaml', from, to)
  }
  return servers
}
