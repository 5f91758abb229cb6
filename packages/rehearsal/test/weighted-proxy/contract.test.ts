import { startWeightedProxy } from '@sluice/rehearsal'
import { trafficContract } from '../../../rollout/test/traffic/contract.js'

trafficContract('the weighted proxy of rehearsals', async ({ stable, canary }) => {
  const options = {
    backend: 'models',
    servers: [
      { name: 'stable', url: stable, weight: 100 },
      { name: 'canary', url: canary, weight: 0 },
    ],
  }
  const proxy = await startWeightedProxy(options)
  const operator = await startWeightedProxy({ ...options, level: 'operator' })
  return {
    url: proxy.url,
    admin: proxy.runtimeSocket,
    operator: operator.runtimeSocket,
    async [Symbol.asyncDispose]() {
      await proxy[Symbol.asyncDispose]()
      await operator[Symbol.asyncDispose]()
    },
  }
})
