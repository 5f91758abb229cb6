import { SluiceError } from '@sluice/errors'
import { logMeanExp } from '../numerics/sums.js'
import { type ErrorCounts, isInformative, logConditionalFactor } from './conditional-factor.js'

export interface ErrorTestOptions {
  /** Odds ratio up to which a canary is acceptable. Default 1.25: room for noise that strikes one arm alone. */
  readonly psi0?: number
  /** Odds ratios that the rollback looks for, each above `psi0`. Default 1.5, 2, 3, 5, 10, 20. */
  readonly grid?: readonly number[]
  /** Highest probability of ever rolling back a canary no worse than `psi0`. Default 0.01. */
  readonly alpha?: number
  /** Odds ratio that a certificate excludes, above 1. Default 2. */
  readonly psiBad?: number
  /** Highest probability of ever certifying a canary as bad as `psiBad`. Default 0.05. */
  readonly beta?: number
  /** Dispersion φ ≥ 1 seen between equal arms; every factor is raised to 1/φ. Default 1. */
  readonly dispersion?: number
}

/** What the strata so far say. Nothing is decided while neither `rollback` nor `certified` holds. */
export interface ErrorTestResult {
  /** ln E_t against "no worse than ψ₀", after the last stratum. */
  readonly logE: number
  /** The highest ln E ever reached, which is what decides. */
  readonly logMaxE: number
  /** Anytime-valid p-value, min(1, 1/max E). */
  readonly p: number
  readonly rollback: boolean
  /** ln E′_t against "as bad as ψ_bad", after the last stratum. */
  readonly logCertificate: number
  readonly logMaxCertificate: number
  /** Certificate reached, and no rollback. */
  readonly certified: boolean
  /** Index of the stratum that first crossed the line of rollback or certificate, if one did. */
  readonly decidedAt: number | undefined
  /** Strata that could say something: both arms served, and some but not all requests failed. */
  readonly informative: number
  readonly options: Required<ErrorTestOptions>
}

export const ERROR_TEST_DEFAULTS: Required<ErrorTestOptions> = {
  psi0: 1.25,
  grid: [1.5, 2, 3, 5, 10, 20],
  alpha: 0.01,
  psiBad: 2,
  beta: 0.05,
  dispersion: 1,
}

/**
 * Sequential test of a canary's errors against the stable arm's, valid at every look (Ville's inequality).
 *
 * Rollback when E_t = mean over ψ of ∏ e_i(ψ; ψ₀) reaches 1/α: a canary whose odds of an error are at most
 * ψ₀ times the stable arm's is ever rolled back with probability at most α. Certified when
 * E′_t = ∏ 1/e_i(ψ_bad; 1) reaches 1/β: a canary that is ψ_bad times as bad is ever certified with
 * probability at most β. Each stratum is its own control, so weights may change from one to the next and
 * both arms may degrade together; within a stratum requests are taken as independent.
 *
 * @param strata in order of time
 * @throws SluiceError COUNTS_INVALID, ERROR_TEST_OPTIONS_INVALID
 */
export function sequentialErrorTest(
  strata: readonly ErrorCounts[],
  options: ErrorTestOptions = {},
): ErrorTestResult {
  const settings = { ...ERROR_TEST_DEFAULTS, ...options }
  checkOptions(settings)
  const { psi0, grid, alpha, psiBad, beta, dispersion } = settings

  const logs = grid.map(() => 0)
  let logE = 0
  let logMaxE = 0
  let logCertificate = 0
  let logMaxCertificate = 0
  let informative = 0
  let decidedAt: number | undefined
  for (const [index, counts] of strata.entries()) {
    if (isInformative(counts)) informative++
    for (const [m, psi] of grid.entries()) logs[m]! += logConditionalFactor(counts, psi, psi0) / dispersion
    logE = logMeanExp(logs)
    logMaxE = Math.max(logMaxE, logE)
    logCertificate -= logConditionalFactor(counts, psiBad, 1) / dispersion
    logMaxCertificate = Math.max(logMaxCertificate, logCertificate)
    const crossed = logMaxE >= -Math.log(alpha) || logMaxCertificate >= -Math.log(beta)
    if (crossed) decidedAt ??= index
  }
  const rollback = logMaxE >= -Math.log(alpha)
  return {
    logE,
    logMaxE,
    p: Math.exp(-logMaxE),
    rollback,
    logCertificate,
    logMaxCertificate,
    certified: !rollback && logMaxCertificate >= -Math.log(beta),
    decidedAt,
    informative,
    options: settings,
  }
}

function checkOptions(options: Required<ErrorTestOptions>): void {
  const { psi0, grid, alpha, psiBad, beta, dispersion } = options
  const wrong =
    (!(psi0 > 0 && psi0 < Infinity) && `psi0 is ${psi0}; expected a number above 0`) ||
    (grid.length === 0 && 'grid is empty') ||
    (!grid.every((psi) => psi > psi0 && psi < Infinity) &&
      `grid is ${grid.join(', ')}; expected odds ratios above psi0 = ${psi0}`) ||
    (!(alpha > 0 && alpha < 1) && `alpha is ${alpha}; expected a probability between 0 and 1`) ||
    (!(beta > 0 && beta < 1) && `beta is ${beta}; expected a probability between 0 and 1`) ||
    (!(psiBad > 1 && psiBad < Infinity) && `psiBad is ${psiBad}; expected an odds ratio above 1`) ||
    (!(dispersion >= 1 && dispersion < Infinity) && `dispersion is ${dispersion}; expected at least 1`)
  if (!wrong) return
  throw new SluiceError('ERROR_TEST_OPTIONS_INVALID', `The sequential error test cannot run: ${wrong}.`, {
    remedy: 'Correct the setting of the analysis.',
  })
}
