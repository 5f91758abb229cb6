import { haproxyTraffic } from '@sluice/rollout'
import { describe, expect, test } from 'vitest'
import { trafficContract } from '../../packages/rollout/test/traffic/contract.js'
import { runBundle } from '../bundles/rig.js'
import { installed, startHaproxy } from './balancers.js'
import { startLoad, startPrometheus, startService } from './services.js'

const haproxy = installed('haproxy')
const prometheus = installed('prometheus')

trafficContract('haproxy', (servers) => startHaproxy(haproxy!, servers), { skip: haproxy === undefined })

describe.skipIf(!haproxy)('haproxy', () => {
  test('a backend that cannot change weights is named', async () => {
    const address = 'http://127.0.0.1:9'
    await using balancer = await startHaproxy(haproxy!, { stable: address, canary: address })
    const names = { backend: 'fixed', stable: 'stable', canary: 'canary' }
    const traffic = haproxyTraffic({ socket: balancer.admin, ...names })
    await expect(traffic.write({ stable: 95, canary: 5 })).rejects.toMatchObject({
      code: 'TRAFFIC_STATIC_BALANCE',
    })
  })
})

/** A canary of the built action under 300 requests a second; half a minute stands for hours. */
async function release(options: { failEvery?: number; metrics: string; steps?: string }) {
  await using stable = await startService()
  await using canary = await startService(options.failEvery)
  await using balancer = await startHaproxy(haproxy!, { stable: stable.url, canary: canary.url })
  await using server = await startPrometheus(prometheus!, {
    stable: new URL(stable.url).host,
    canary: new URL(canary.url).host,
    balancer: balancer.exporter,
  })
  using load = startLoad(balancer.url, 300)
  await server.counting('http_requests_total{arm="stable"}')
  const yaml = `rollout:
  intervalSeconds: 1
  traffic: { haproxy: { socket: '${balancer.admin}', backend: models } }
  metrics:
    prometheus: { url: '${server.url}', lookbackSeconds: 5, ${options.metrics}
`
  const digest = (letter: string) => `flight-delays@sha256:${letter.repeat(64)}`
  const step = await runBundle('canary', {
    files: { 'sluice.yaml': yaml },
    inputs: {
      subject: digest('b'),
      previous: digest('a'),
      environment: 'prod',
      steps: options.steps ?? '10 8s 100\n50 6s 300',
    },
  })
  const names = { backend: 'models', stable: 'stable', canary: 'canary' }
  const state = await haproxyTraffic({ socket: balancer.admin, ...names }).read()
  const weights = { stable: state.stable.weight, canary: state.canary.weight }
  return { step, weights, statuses: load.statuses }
}

const SERVICES = `stable: { arm: stable }, canary: { arm: canary } }
  analysis: { latencyEdges: [0.05] }`
const BALANCER = `stable: { proxy: models, server: stable }, canary: { proxy: models, server: canary } }
    requests: haproxy_server_http_responses_total`

describe.skipIf(!haproxy || !prometheus)('haproxy and prometheus', () => {
  test.each([
    ['the services', SERVICES],
    ["haproxy's exporter", BALANCER],
  ])('carry a healthy canary to all of the traffic, counted by %s', async (_, metrics) => {
    const { step, weights, statuses } = await release({ metrics })
    expect(step.outputs, step.stdout + step.stderr).toMatchObject({ verdict: 'pass', outcome: 'promoted' })
    expect(step.code).toBe(0)
    expect(weights).toEqual({ stable: 0, canary: 100 })
    expect(Number(step.outputs['canary-requests'])).toBeGreaterThan(400)
    expect([...statuses.keys()]).toEqual([200])
  })

  test.each([
    ['the services', SERVICES],
    ["haproxy's exporter", BALANCER],
  ])(
    'bring the traffic back from a canary that fails three in a hundred, counted by %s',
    async (_, metrics) => {
      const { step, weights } = await release({ metrics, failEvery: 33, steps: '25 60s 100000' })
      expect(step.outputs, step.stdout + step.stderr).toMatchObject({
        verdict: 'fail',
        outcome: 'rolled-back',
        cause: 'harm',
      })
      expect(step.code).toBe(1)
      expect(weights).toEqual({ stable: 100, canary: 0 })
    },
  )
})
