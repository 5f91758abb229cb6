import { join } from 'node:path'
import { BACKEND, startBalancer } from './balancer.ts'
import { heldOutFlights } from './flights.ts'
import { answeredBy, startLoad } from './load.ts'
import { startModelServer } from './model-server.ts'
import type { Story } from './story.ts'
import { EXAMPLE, type Release, type World } from './world.ts'

/** Requests a second, in all. */
const RATE = 400

/** The plan of sluice.yaml in seconds instead of minutes, over the servers of this machine. */
function rollout(addresses: { socket: string; stable: string; canary: string }): string {
  return `rollout:
  intervalSeconds: 0.5
  steps:
    - { weight: 5, seconds: 2, minRequests: 30 }
    - { weight: 25, seconds: 2, minRequests: 100 }
    - { weight: 50, seconds: 2, minRequests: 200 }
    - { weight: 100 }
  traffic:
    haproxy: { socket: "${addresses.socket}", backend: ${BACKEND} }
  metrics:
    endpoints:
      stable: ["${addresses.stable}/metrics"]
      canary: ["${addresses.canary}/metrics"]
  analysis: { psi0: 1.25, alpha: 0.01, psiBad: 2, beta: 0.05 }
`
}

/**
 * Does `act` while both releases run behind a balancer, under requests of held-out flights; then tells what the
 * clients got meanwhile, and that `serves` alone answers from now on.
 */
export async function underTraffic(
  story: Story,
  world: World,
  releases: { readonly stable: Release; readonly canary: Release; readonly failShare: number },
  serves: Release,
  act: () => Promise<void>,
): Promise<void> {
  const { stable, canary, failShare } = releases
  const model = (release: Release) => join(EXAMPLE, 'models', release.model)
  await using stableServer = await startModelServer({ model: model(stable), version: stable.tag })
  await using canaryServer = await startModelServer({ model: model(canary), version: canary.tag, failShare })
  await using balancer = await startBalancer(stableServer, canaryServer)
  const flights = await heldOutFlights(join(EXAMPLE, 'data/holdout.parquet'), 5000)
  const undo = await world.edit(
    'sluice.yaml',
    /^rollout:\n[\s\S]*$/m,
    rollout({ socket: balancer.socket, stable: stableServer.url, canary: canaryServer.url }),
  )
  await using load = startLoad(balancer.url, flights, RATE)
  await act()
  await undo()
  await story.play(`clients, through ${balancer.name}`, 'traffic', serves.tag, async () => {
    const answers = [...load.answers]
    const total = answers.reduce((sum, [, count]) => sum + count, 0)
    const wrong = answers.filter(([status]) => status !== 200).reduce((sum, [, count]) => sum + count, 0)
    const afterwards = [...(await answeredBy(balancer.url, flights, 100)).keys()]
    const headline = `${total} answers, ${wrong} of them errors; afterwards ${afterwards.join(' and ')} answers.`
    return { seen: afterwards.join(' and '), headline, details: [headline] }
  })
}
