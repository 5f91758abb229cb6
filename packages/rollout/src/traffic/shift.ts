import { SluiceError } from '@sluice/errors'
import { sameWeights, type Traffic, type TrafficState, type Weights, weightsOf } from './traffic.js'

/**
 * Writes weights and reads them back: a provider that answers "done" has proved nothing, and a drained server
 * keeps a weight that moves no traffic. Every server that is to have weight must be ready.
 * @throws SluiceError TRAFFIC_NOT_APPLIED, TRAFFIC_SERVER_NOT_READY, and what the provider throws
 */
export async function shift(traffic: Traffic, weights: Weights, signal?: AbortSignal): Promise<TrafficState> {
  await traffic.write(weights, signal)
  const state = await traffic.read(signal)
  const problem = unmet(state, weights)
  if (problem) throw problem
  return state
}

/** Why `state` is not what `weights` asked for, or undefined. Pure. */
export function unmet(state: TrafficState, weights: Weights): SluiceError | undefined {
  const found = weightsOf(state)
  if (!sameWeights(found, weights)) {
    return new SluiceError(
      'TRAFFIC_NOT_APPLIED',
      `Weights stable ${weights.stable}, canary ${weights.canary} were set; stable ${found.stable}, canary ${found.canary} were read back.`,
      { remedy: 'See whether something else writes these weights.', kind: 'surroundings' },
    )
  }
  for (const arm of ['stable', 'canary'] as const) {
    if (weights[arm] > 0 && state[arm].condition !== 'ready') {
      return new SluiceError(
        'TRAFFIC_SERVER_NOT_READY',
        `The ${arm} server has weight ${weights[arm]} but is ${state[arm].condition}, so no traffic reaches it.`,
        { remedy: 'Bring the server up (`set server … state ready`), then run again.', kind: 'surroundings' },
      )
    }
  }
  return undefined
}
