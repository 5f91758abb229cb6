import { haproxyTraffic } from '@sluice/rollout'
import { describe, expect, test } from 'vitest'
import { trafficContract } from '../../packages/rollout/test/traffic/contract.js'
import { installed, startHaproxy } from './balancers.js'

const haproxy = installed('haproxy')

trafficContract('haproxy', (servers) => startHaproxy(haproxy!, servers), { skip: haproxy === undefined })

describe.skipIf(!haproxy)('haproxy', () => {
  test('a backend that cannot change weights is named', async () => {
    const address = 'http://127.0.0.1:9'
    await using balancer = await startHaproxy(haproxy!, { stable: address, canary: address })
    const traffic = haproxyTraffic({
      socket: balancer.admin,
      backend: 'fixed',
      stable: 'stable',
      canary: 'canary',
    })
    await expect(traffic.write({ stable: 95, canary: 5 })).rejects.toMatchObject({
      code: 'TRAFFIC_STATIC_BALANCE',
    })
  })
})
