import { isSluiceError, SluiceError } from '@sluice/errors'
import { shift } from './traffic/shift.js'
import type { Traffic, TrafficState, Weights } from './traffic/traffic.js'

export type Restored =
  | { readonly done: true; readonly state: TrafficState }
  | { readonly done: false; readonly error: SluiceError }

/** Pauses between attempts, milliseconds. GitHub leaves a cancelled job 7.5 seconds before it ends it harder. */
const PAUSES = [100, 200, 400, 800, 1600] as const

/** Brings weights back and reads them back, trying again for about three seconds of pauses. Never throws. */
export async function restore(
  traffic: Traffic,
  weights: Weights,
  clock: { sleep(milliseconds: number): Promise<void> },
): Promise<Restored> {
  for (let attempt = 0; ; attempt++) {
    try {
      return { done: true, state: await shift(traffic, weights) }
    } catch (cause) {
      const pause = PAUSES[attempt]
      if (pause === undefined) return { done: false, error: asSluiceError(cause) }
      await clock.sleep(pause)
    }
  }
}

function asSluiceError(cause: unknown): SluiceError {
  if (isSluiceError(cause)) return cause
  return new SluiceError('TRAFFIC_UNREACHABLE', 'The traffic provider failed in an unforeseen way.', {
    remedy: 'Set the weights by hand.',
    kind: 'surroundings',
    cause,
  })
}
