import { SluiceError } from '@sluice/errors'
import type { Weights } from './traffic.js'

/** The largest absolute weight HAProxy takes (management guide, `set server … weight`). */
export const MAX_WEIGHT = 256

/**
 * The pair of absolute weights closest to a share of traffic for the canary. Whole percents come out as
 * themselves (5 % is 5 to 95); a fraction takes the nearest ratio of whole numbers up to 256.
 * Percent signs are never sent: HAProxy reads `5%` as relative to the configured weight, and 5 % of 0 is 0.
 * @param percent 0 to 100
 * @throws SluiceError ROLLOUT_WEIGHT_UNREACHABLE when the nearest ratio is off by more than a tenth of the share
 */
export function weightsFor(percent: number): Weights {
  if (Number.isInteger(percent)) return { stable: 100 - percent, canary: percent }
  const share = percent / 100
  let best: Weights = { stable: 1, canary: 1 }
  let distance = Number.POSITIVE_INFINITY
  for (let canary = 1; canary <= MAX_WEIGHT; canary++) {
    const stable = Math.round((canary * (1 - share)) / share)
    if (stable < 1 || stable > MAX_WEIGHT) continue
    const off = Math.abs(canary / (canary + stable) - share)
    if (off < distance - 1e-12) {
      best = { stable, canary }
      distance = off
    }
  }
  if (distance > Math.min(share, 1 - share) / 10) {
    throw new SluiceError(
      'ROLLOUT_WEIGHT_UNREACHABLE',
      `A share of ${percent} % cannot be made from whole weights up to ${MAX_WEIGHT}.`,
      { remedy: 'Use a weight from 0.4 to 99.6 in `rollout.steps`.' },
    )
  }
  return best
}
