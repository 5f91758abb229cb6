import {
  conditionalFactor,
  type ErrorCounts,
  logConditionalFactor,
  logExposureFactor,
} from '@sluice/statistics'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

function counts(nc: number, ns: number, kc: number, ks: number): ErrorCounts {
  return { canaryRequests: nc, stableRequests: ns, canaryErrors: kc, stableErrors: ks }
}

/** Exact values; they also equal scipy's nchypergeom_fisher and hypergeom. */
describe('the factor of one stratum', () => {
  test.each([
    [100, 900, 3, 5, 2, 1, 3.739828563],
    [100, 900, 3, 5, 5, 1, 8.6454856497],
    [50, 950, 0, 4, 2, 1, 0.8229151658],
    [50, 950, 4, 4, 3, 1, 37.9528475739],
    [500, 500, 12, 5, 2, 1, 4.2207445157],
    [10, 10, 10, 0, 5, 1, 593.8926952893],
    [100, 900, 3, 5, 2, 1.25, 2.3326385917],
    [100, 900, 3, 5, 5, 1.25, 5.3924379502],
    [50, 950, 4, 4, 3, 1.25, 17.16838129],
    [500, 500, 12, 5, 2, 1.25, 2.1445280728],
  ])('%i/%i requests, %i/%i errors, ψ %d against %d', (nc, ns, kc, ks, psi, psi0, expected) => {
    const factor = conditionalFactor(counts(nc, ns, kc, ks), psi, psi0)
    expect(factor).toBeCloseTo(expected, 9)
  })

  test.each([
    [50, 950, 0, 4, 1.2151920897],
    [500, 500, 5, 6, 2.6865466838],
    [500, 500, 1, 6, 8.5230263201],
  ])('certificate against ψ = 2: %i/%i requests, %i/%i errors', (nc, ns, kc, ks, expected) => {
    expect(1 / conditionalFactor(counts(nc, ns, kc, ks), 2, 1)).toBeCloseTo(expected, 9)
  })

  test('errors alone, when the share of the exposure is known', () => {
    const log = logExposureFactor({ canaryErrors: 3, stableErrors: 5 }, 0.1, 2, 1)
    expect(Math.exp(log)).toBeCloseTo(3.7320590417, 9)
  })

  test.each([
    ['no error', counts(100, 900, 0, 0)],
    ['nothing but errors', counts(10, 20, 10, 20)],
    ['no canary request', counts(0, 900, 0, 5)],
    ['no stable request', counts(100, 0, 5, 0)],
    ['silence', counts(0, 0, 0, 0)],
  ])('%s is no evidence', (_, stratum) => {
    expect(logConditionalFactor(stratum, 5, 1.25)).toBe(0)
  })

  test('its mean under the null is one: summed over every possible split of the errors', () => {
    const [nc, ns, errors] = [7, 12, 6]
    const choose = (n: number, k: number) => {
      let result = 1
      for (let i = 0; i < k; i++) result = (result * (n - i)) / (i + 1)
      return result
    }
    for (const psi0 of [1, 1.25, 2]) {
      let mass = 0
      let mean = 0
      for (let j = 0; j <= errors; j++) {
        const weight = choose(nc, j) * choose(ns, errors - j) * psi0 ** j
        mass += weight
        mean += weight * conditionalFactor(counts(nc, ns, j, errors - j), 5, psi0)
      }
      expect(mean / mass).toBeCloseTo(1, 12)
    }
  })

  test('millions of errors cost no precision and no time', () => {
    // Nearly binomial: with equal arms and rare errors M(ψ) → ((1+ψ)/2)^K.
    const stratum = counts(4e11, 4e11, 1_000_500, 1_000_000)
    const binomial = 1_000_500 * Math.log(1.5) - 2_000_500 * Math.log(1.25)
    expect(Math.abs(logConditionalFactor(stratum, 1.5, 1) - binomial)).toBeLessThan(0.5)
    expect(Number.isFinite(logConditionalFactor(counts(1e12, 1e12, 5e11, 5e11), 20, 1.25))).toBe(true)
  })

  test('swapping the arms inverts the odds ratio', () => {
    const stratum = fc.tuple(
      fc.nat(2000),
      fc.nat(2000),
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.double({ min: 0, max: 1, noNaN: true }),
    )
    fc.assert(
      fc.property(stratum, fc.constantFrom(1.5, 2, 5, 20), ([nc, ns, u, v], psi) => {
        const kc = Math.floor(u * nc)
        const ks = Math.floor(v * ns)
        const there = logConditionalFactor(counts(nc, ns, kc, ks), psi, 1)
        const back = logConditionalFactor(counts(ns, nc, ks, kc), 1 / psi, 1)
        expect(Math.abs(there - back)).toBeLessThan(1e-9 * Math.max(1, Math.abs(there)))
      }),
    )
  })

  test.each([
    counts(10, 10, 11, 0),
    counts(10, 10, 0.5, 0),
    counts(Number.NaN, 10, 0, 0),
    counts(-1, 10, 0, 0),
    counts(1e13, 10, 0, 0),
  ])('counts that cannot be are refused: %o', (stratum) => {
    expect(() => logConditionalFactor(stratum, 2, 1)).toThrow(
      expect.objectContaining({ code: 'COUNTS_INVALID' }),
    )
  })
})
