import { type ErrorCounts, type ErrorTestResult, sequentialErrorTest } from '@sluice/statistics'
import { type LatencyResult, latencyTest } from './latency.js'
import { type SplitResult, splitOf } from './split.js'
import { type Stratum, type Totals, totalsOf } from './stratum.js'

export interface AnalysisOptions {
  readonly psi0: number
  readonly alpha: number
  readonly psiBad: number
  readonly beta: number
  readonly dispersion: number
  readonly latencyEdges: readonly number[]
  readonly latencyPsi0: number
  readonly splitTolerance: number
}

/** What all strata so far say about the canary. */
export interface Analysis {
  readonly errors: ErrorTestResult
  readonly latency: LatencyResult | undefined
  readonly split: SplitResult
  readonly harm: 'errors' | 'latency' | undefined
  readonly totals: { readonly stable: Totals; readonly canary: Totals }
}

/** Odds ratios of errors that the rollback looks for (facts of the method: a mixture over a grid). */
const GRID = [1.5, 2, 3, 5, 10, 20] as const

/**
 * Compares canary and stable over all strata, valid at every look. `alpha` is shared out evenly between errors
 * and latency (Bonferroni), so it bounds the chance that a canary within both margins is ever rolled back.
 * @throws SluiceError COUNTS_INVALID when counts contradict each other
 */
export function analyse(strata: readonly Stratum[], options: AnalysisOptions): Analysis {
  const watchesLatency = options.latencyEdges.length > 0
  const alpha = watchesLatency ? options.alpha / 2 : options.alpha
  const errors = sequentialErrorTest(strata.map(errorCounts), { ...errorOptions(options), alpha })
  const latency = watchesLatency
    ? latencyTest(strata, options.latencyEdges, {
        psi0: options.latencyPsi0,
        alpha,
        dispersion: options.dispersion,
      })
    : undefined
  return {
    errors,
    latency,
    split: splitOf(strata, options.splitTolerance),
    harm: errors.rollback ? 'errors' : latency?.slower ? 'latency' : undefined,
    totals: { stable: totalsOf(strata, 'stable'), canary: totalsOf(strata, 'canary') },
  }
}

/** Odds ratios above this are not told apart. */
const MAX_RATIO = 1000

/**
 * The smallest odds ratio of errors that the strata exclude at level `beta`, found by halving: the upper end of
 * a one-sided confidence sequence. Undefined when not even 1000 is excluded.
 */
export function oddsRatioBound(strata: readonly Stratum[], options: AnalysisOptions): number | undefined {
  const counts = strata.map(errorCounts)
  const excluded = (psiBad: number) =>
    sequentialErrorTest(counts, { ...errorOptions(options), psiBad }).logMaxCertificate >=
    -Math.log(options.beta)
  if (!excluded(MAX_RATIO)) return undefined
  let low = Math.log(1 + 1e-6)
  let high = Math.log(MAX_RATIO)
  for (let round = 0; round < 24; round++) {
    const middle = (low + high) / 2
    if (excluded(Math.exp(middle))) high = middle
    else low = middle
  }
  return Math.exp(high)
}

function errorOptions({ psi0, psiBad, beta, dispersion }: AnalysisOptions) {
  const above = GRID.filter((psi) => psi > psi0)
  return { psi0, psiBad, beta, dispersion, grid: above.length > 0 ? above : [psi0 * 2, psi0 * 5] }
}

function errorCounts({ stable, canary }: Stratum): ErrorCounts {
  return {
    canaryRequests: canary.requests,
    canaryErrors: canary.errors,
    stableRequests: stable.requests,
    stableErrors: stable.errors,
  }
}
