import { type ErrorCounts, logConditionalFactor, logMeanExp } from '@sluice/statistics'
import type { Stratum } from './stratum.js'

/** Odds ratios of "slower than the edge" that are looked for; those above the null are used. */
const GRID = [1.1, 1.25, 1.5, 2, 3, 5, 10] as const

export interface LatencyResult {
  readonly logE: number
  readonly logMaxE: number
  /** Anytime-valid p-value, min(1, 1/max E). */
  readonly p: number
  readonly slower: boolean
  /** ln of the evidence at each edge, before averaging. */
  readonly edges: readonly { readonly edge: number; readonly logE: number }[]
}

/**
 * Whether the canary is slower, valid at every look. "Slower than an edge of the histogram" is a Bernoulli
 * outcome, so each edge takes the conditional test of the errors; the e-values of the edges are averaged, which
 * stays valid however they depend on each other (cf. Lindon, Sanden & Shirikian, KDD 2022, arXiv 2205.14762).
 * @param edges as the strata's `slow` counts are ordered, at least one
 * @param alpha highest probability of ever saying "slower" of a canary within `psi0` at every edge
 */
export function latencyTest(
  strata: readonly Stratum[],
  edges: readonly number[],
  options: { readonly psi0: number; readonly alpha: number; readonly dispersion: number },
): LatencyResult {
  const grid = GRID.filter((psi) => psi > options.psi0)
  const logs = edges.map(() => grid.map(() => 0))
  let logE = 0
  let logMaxE = 0
  for (const stratum of strata) {
    for (const [index, row] of logs.entries()) {
      const counts = countsAt(stratum, index)
      for (const [m, psi] of grid.entries()) {
        row[m]! += logConditionalFactor(counts, psi, options.psi0) / options.dispersion
      }
    }
    logE = logMeanExp(logs.map(logMeanExp))
    logMaxE = Math.max(logMaxE, logE)
  }
  return {
    logE,
    logMaxE,
    p: Math.exp(-logMaxE),
    slower: logMaxE >= -Math.log(options.alpha),
    edges: edges.map((edge, index) => ({ edge, logE: logMeanExp(logs[index]!) })),
  }
}

function countsAt({ stable, canary }: Stratum, edge: number): ErrorCounts {
  return {
    canaryRequests: canary.timed,
    canaryErrors: canary.slow[edge] ?? 0,
    stableRequests: stable.timed,
    stableErrors: stable.slow[edge] ?? 0,
  }
}
