import { SluiceError } from '@sluice/errors'
import { logGamma } from '../numerics/gamma.js'

/** One step of a rollout: requests seen by each arm, and the weights that were set. */
export interface SplitStep {
  readonly observed: readonly number[]
  /** Positive where an arm should get traffic; any scale. */
  readonly weights: readonly number[]
}

export interface SplitRatioResult {
  readonly logE: number
  /** Anytime-valid p-value, min(1, 1/max E). */
  readonly p: number
  /** The traffic was not split as the weights say: no comparison of the arms can be trusted. */
  readonly mismatch: boolean
}

/**
 * Sample-ratio mismatch, valid at every look: Dirichlet-multinomial e-value of the observed counts against
 * the configured weights (Lindon & Malek, NeurIPS 2022, arXiv 2011.03567), multiplied over the steps.
 * Within a step `observed` are the counts since the step began.
 * @param options.alpha alarm at E ≥ 1/alpha; default 0.001
 * @param options.concentration k of the Dirichlet prior k·θ₀; default 100
 * @throws SluiceError SPLIT_INVALID
 */
export function splitRatioTest(
  steps: readonly SplitStep[],
  options: { readonly alpha?: number; readonly concentration?: number } = {},
): SplitRatioResult {
  const { alpha = 0.001, concentration = 100 } = options
  let logE = 0
  let logMaxE = 0
  for (const step of steps) {
    logE += logSplitEvidence(step, concentration)
    logMaxE = Math.max(logMaxE, logE)
  }
  return { logE, p: Math.exp(-logMaxE), mismatch: logMaxE >= -Math.log(alpha) }
}

/**
 * ln of [B(kθ₀+S)/B(kθ₀)] / ∏ θ₀^S for one step. An arm of weight 0 that got a request is proof of a
 * mismatch: Infinity.
 * @throws SluiceError SPLIT_INVALID
 */
export function logSplitEvidence({ observed, weights }: SplitStep, concentration = 100): number {
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  const valid =
    observed.length === weights.length &&
    observed.every((count) => Number.isInteger(count) && count >= 0) &&
    weights.every((weight) => weight >= 0) &&
    total > 0 &&
    Number.isFinite(total)
  if (!valid) {
    throw new SluiceError(
      'SPLIT_INVALID',
      `Requests ${observed.join(', ')} cannot be held against weights ${weights.join(', ')}; expected one whole count for each weight, weights of at least 0 and one above it.`,
      { remedy: 'Give the count and the weight of every arm in the same order.', kind: 'surroundings' },
    )
  }
  let log = logGamma(concentration)
  let seen = 0
  for (const [arm, count] of observed.entries()) {
    const share = weights[arm]! / total
    seen += count
    if (share === 0) {
      if (count > 0) return Number.POSITIVE_INFINITY
      continue
    }
    const prior = concentration * share
    log += logGamma(prior + count) - logGamma(prior) - count * Math.log(share)
  }
  return log - logGamma(concentration + seen)
}
