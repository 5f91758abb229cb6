import { startWeightedProxy } from '@sluice/rehearsal'
import { haproxyTraffic } from '@sluice/rollout'
import { type TestContext, testContext } from '@sluice/toolkit/testing'
import { furnish, keyPair, type Promotion } from './furnish.js'

export const SECTION = `rollout:
  steps:
    - { weight: 10, minutes: 5, minRequests: 100 }
    - { weight: 50, minutes: 5, minRequests: 100 }
  intervalSeconds: 30
  metrics:
    endpoints:
      stable: ['http://127.0.0.1:1/stable']
      canary: ['http://127.0.0.1:1/canary']
`
export interface TownOptions {
  readonly yaml?: string
  /** Probability of an error on the canary; the stable arm has 0.2 %. */
  readonly canaryErrors?: number
  /** Furnishes prod with these promotions. */
  readonly ledger?: readonly Promotion[]
  /** Whether the new model has the evidence that prod requires; true unless given. */
  readonly attested?: boolean
}

/** A balancer, services that count 40 requests a second by its weights, and a repository with a release key. */
export async function startTown(options: TownOptions = {}) {
  const keys = keyPair()
  const proxy = await startWeightedProxy({
    backend: 'models',
    servers: [
      { name: 'stable', url: 'http://127.0.0.1:1', weight: 100 },
      { name: 'canary', url: 'http://127.0.0.1:1', weight: 0 },
    ],
  })
  const traffic = haproxyTraffic({
    socket: proxy.runtimeSocket,
    backend: 'models',
    stable: 'stable',
    canary: 'canary',
  })
  const weights = async () => {
    const { stable, canary } = await traffic.read()
    return { stable: stable.weight, canary: canary.weight }
  }

  const counts = { stable: { ok: 0, bad: 0 }, canary: { ok: 0, bad: 0 } }
  let seen = 0
  const pages = async (url: string | URL) => {
    const arm = String(url).endsWith('stable') ? 'stable' : 'canary'
    const now = context.clock.now().getTime() / 1000
    if (now > seen) {
      const requests = seen === 0 ? 0 : (now - seen) * 40
      seen = now
      const { stable, canary } = await weights()
      const toCanary = Math.round((requests * canary) / (stable + canary))
      count(counts.canary, toCanary, options.canaryErrors ?? 0.002)
      count(counts.stable, requests - toCanary, 0.002)
    }
    const { ok, bad } = counts[arm]
    return new Response(`http_requests_total{code="200"} ${ok}\nhttp_requests_total{code="500"} ${bad}\n`)
  }
  const context: TestContext = await testContext({
    files: {
      'sluice.yaml': options.yaml ?? SECTION,
      'release.pub': keys.publicKey,
      'release.key': keys.privateKey,
    },
    fetch: pages,
  })
  const { ledger: promotions, attested = true } = options
  const prod =
    promotions &&
    (await furnish(context.workspace.root, keys, { now: context.clock.now(), promotions, attested }))
  return {
    context,
    weights,
    socket: proxy.runtimeSocket,
    prod,
    async [Symbol.asyncDispose]() {
      await proxy[Symbol.asyncDispose]()
      await context[Symbol.asyncDispose]()
    },
  }
}

/** Whole numbers that keep the rate: what is left over is counted next time. */
function count(arm: { ok: number; bad: number }, requests: number, rate: number): void {
  const total = arm.ok + arm.bad + requests
  const bad = Math.max(arm.bad, Math.floor(total * rate))
  arm.bad = bad
  arm.ok = total - bad
}
