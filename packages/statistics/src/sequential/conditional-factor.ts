import { SluiceError } from '@sluice/errors'
import { logBinomial } from '../numerics/saddle-point.js'

/** Requests and errors of both arms in one stratum: a stretch of time in which both served side by side. */
export interface ErrorCounts {
  readonly canaryRequests: number
  readonly stableRequests: number
  readonly canaryErrors: number
  readonly stableErrors: number
}

/** Counts above this are refused: no scrape holds them, and the sums below would take seconds. */
export const COUNT_LIMIT = 1e12

/**
 * ln e(ψ; ψ₀): how much better "the odds of an error are ψ times as high on the canary" explains the
 * stratum than "ψ₀ times", given how many errors there were in all. Given that total the canary's errors
 * follow Fisher's noncentral hypergeometric law whatever the error rate both arms share, so an incident
 * that hits both says nothing (facts: stratified conditional e-process; cf. Turner & Grünwald,
 * arXiv 2302.11401).
 *
 * e = (ψ/ψ₀)^{k_c} M(ψ₀)/M(ψ), M(ψ) = Σ_j C(n_c,j) C(n_s,K−j) ψʲ / C(N,K).
 *
 * @param psi alternative odds ratio, above 0
 * @param psi0 odds ratio of the null, above 0
 * @returns 0 (no evidence) when an arm had no request, or none or all of the requests failed
 * @throws SluiceError COUNTS_INVALID
 */
export function logConditionalFactor(counts: ErrorCounts, psi: number, psi0: number): number {
  checkCounts(counts)
  if (!isInformative(counts)) return 0
  const step = Math.log(psi) - Math.log(psi0)
  return counts.canaryErrors * step + logMoment(counts, psi0) - logMoment(counts, psi)
}

/** e(ψ; ψ₀) itself; see `logConditionalFactor`. */
export function conditionalFactor(counts: ErrorCounts, psi: number, psi0: number): number {
  return Math.exp(logConditionalFactor(counts, psi, psi0))
}

/**
 * ln e(ψ; ψ₀) where only errors are counted and the canary's share ρ of the exposure is known from the
 * weights: (ψ/ψ₀)^{k_c} ((1−ρ+ρψ₀)/(1−ρ+ρψ))^K. Valid only while the split holds (see `splitRatioTest`).
 * @param share ρ, in (0, 1)
 */
export function logExposureFactor(
  errors: { readonly canaryErrors: number; readonly stableErrors: number },
  share: number,
  psi: number,
  psi0: number,
): number {
  const all = errors.canaryErrors + errors.stableErrors
  const scale = Math.log1p(share * (psi0 - 1)) - Math.log1p(share * (psi - 1))
  return errors.canaryErrors * (Math.log(psi) - Math.log(psi0)) + all * scale
}

/** Whether a stratum can say anything at all: both arms served, and some but not all requests failed. */
export function isInformative(counts: ErrorCounts): boolean {
  const errors = counts.canaryErrors + counts.stableErrors
  const requests = counts.canaryRequests + counts.stableRequests
  return counts.canaryRequests > 0 && counts.stableRequests > 0 && errors > 0 && errors < requests
}

/**
 * ln M(ψ). The sum starts at its largest term, whose size Loader's expansion gives to full precision, and
 * walks both ways by the ratio of neighbours until terms no longer count.
 */
function logMoment(counts: ErrorCounts, psi: number): number {
  const { canaryRequests: nc, stableRequests: ns } = counts
  const errors = counts.canaryErrors + counts.stableErrors
  const low = Math.max(0, errors - ns)
  const high = Math.min(nc, errors)
  const start = mode(nc, ns, errors, psi, low, high)

  // w(j+1)/w(j), with w(j) = C(nc,j) C(ns,K−j) ψʲ
  const ratio = (j: number) => (((nc - j) * (errors - j)) / ((j + 1) * (ns - errors + j + 1))) * psi
  let sum = 1
  let term = 1
  for (let j = start; j < high; j++) {
    const factor = ratio(j)
    term *= factor
    sum += term
    if (factor < 1 && term < sum * 1e-18) break
  }
  term = 1
  for (let j = start; j > low; j--) {
    const factor = 1 / ratio(j - 1)
    term *= factor
    sum += term
    if (factor < 1 && term < sum * 1e-18) break
  }
  return logHypergeometric(start, nc, ns, errors) + start * Math.log(psi) + Math.log(sum)
}

/** Largest term of M(ψ): the root of w(j+1) = w(j), which is quadratic in j (Liao & Rosen 2001). */
function mode(nc: number, ns: number, errors: number, psi: number, low: number, high: number): number {
  const a = psi - 1
  const b = (nc + errors + 2) * psi + ns - errors
  const c = psi * (nc + 1) * (errors + 1)
  const root = (2 * c) / (b + Math.sqrt(Math.max(0, b * b - 4 * a * c)))
  return Math.min(high, Math.max(low, Math.floor(root)))
}

/** ln of C(nc,j) C(ns,K−j) / C(N,K), as a ratio of three binomial probabilities at p = K/N (Loader 2000). */
function logHypergeometric(j: number, nc: number, ns: number, errors: number): number {
  const all = nc + ns
  const p = errors / all
  const q = (all - errors) / all
  return logBinomial(j, nc, p, q) + logBinomial(errors - j, ns, p, q) - logBinomial(errors, all, p, q)
}

function checkCounts(counts: ErrorCounts): void {
  const { canaryRequests, stableRequests, canaryErrors, stableErrors } = counts
  const values = [canaryRequests, stableRequests, canaryErrors, stableErrors]
  const whole = values.every((value) => Number.isInteger(value) && value >= 0 && value <= COUNT_LIMIT)
  if (whole && canaryErrors <= canaryRequests && stableErrors <= stableRequests) return
  throw new SluiceError(
    'COUNTS_INVALID',
    `Canary ${canaryErrors} errors of ${canaryRequests} requests, stable ${stableErrors} of ${stableRequests}; expected whole numbers from 0 to ${COUNT_LIMIT}, and no more errors than requests.`,
    {
      remedy:
        'Read requests and errors from the same counters of the same scrape; a rate is not a count, and a counter reset must be resolved first.',
      kind: 'surroundings',
    },
  )
}
