import { conditionalFactor, type ErrorCounts, sequentialErrorTest } from '@sluice/statistics'
import { describe, expect, test } from 'vitest'

/** A fixed generator (Park & Miller 1988), so that the simulations below say the same on every machine. */
function generator(seed: number): () => number {
  let state = seed
  return () => {
    state = (state * 48271) % 2147483647
    return state / 2147483647
  }
}

function binomial(random: () => number, n: number, p: number): number {
  let successes = 0
  for (let i = 0; i < n; i++) if (random() < p) successes++
  return successes
}

/** Twenty minutes, the canary's weight rising; `canary` and `stable` are error rates by minute. */
function rollout(
  random: () => number,
  rates: (minute: number) => { canary: number; stable: number },
): ErrorCounts[] {
  return Array.from({ length: 20 }, (_, minute) => {
    const share = [0.05, 0.1, 0.25, 0.5][Math.floor(minute / 5)]!
    const canaryRequests = Math.round(600 * share)
    const stableRequests = 600 - canaryRequests
    const { canary, stable } = rates(minute)
    return {
      canaryRequests,
      stableRequests,
      canaryErrors: binomial(random, canaryRequests, canary),
      stableErrors: binomial(random, stableRequests, stable),
    }
  })
}

function share(runs: number, decide: (run: number) => boolean): number {
  let count = 0
  for (let run = 0; run < runs; run++) if (decide(run)) count++
  return count / runs
}

describe('the sequential test of errors', () => {
  test('E is the mean over the grid of the products over the strata', () => {
    const strata = [
      { canaryRequests: 100, stableRequests: 900, canaryErrors: 3, stableErrors: 5 },
      { canaryRequests: 50, stableRequests: 950, canaryErrors: 4, stableErrors: 4 },
    ]
    const product = (psi: number) =>
      conditionalFactor(strata[0]!, psi, 1) * conditionalFactor(strata[1]!, psi, 1)
    const result = sequentialErrorTest(strata, { psi0: 1, grid: [2, 5], alpha: 0.01 })
    expect(Math.exp(result.logE)).toBeCloseTo((product(2) + product(5)) / 2, 8)
    expect(result).toMatchObject({ rollback: true, certified: false, decidedAt: 1, informative: 2 })
    expect(result.p).toBeCloseTo(2 / (product(2) + product(5)), 10)
  })

  test('silence decides nothing', () => {
    const silent = { canaryRequests: 1e6, stableRequests: 1e6, canaryErrors: 0, stableErrors: 0 }
    const none = sequentialErrorTest([silent, silent])
    expect(none).toMatchObject({ logE: 0, p: 1, rollback: false, certified: false, informative: 0 })
    expect(sequentialErrorTest([])).toMatchObject({ p: 1, rollback: false, certified: false })
  })

  test('the running maximum decides: evidence once reached is not lost again', () => {
    const bad = { canaryRequests: 100, stableRequests: 900, canaryErrors: 20, stableErrors: 5 }
    const good = { canaryRequests: 100, stableRequests: 900, canaryErrors: 0, stableErrors: 90 }
    const result = sequentialErrorTest([bad, good, good, good])
    expect(result.logE).toBeLessThan(Math.log(100))
    expect(result).toMatchObject({ rollback: true, decidedAt: 0 })
  })

  test('a healthy canary is rolled back no more often than alpha, also through a shared outage', () => {
    const random = generator(20261125)
    const rolledBack = share(400, () => {
      const outage = 3 + Math.floor(random() * 14)
      const strata = rollout(random, (minute) => {
        const rate = minute >= outage && minute < outage + 3 ? 0.2 : 0.005
        return { canary: rate, stable: rate }
      })
      return sequentialErrorTest(strata, { psi0: 1, alpha: 0.05 }).rollback
    })
    expect(rolledBack).toBeLessThanOrEqual(0.05)
  })

  test('a canary at ψ₀ itself is still covered by alpha', () => {
    const random = generator(7)
    const rolledBack = share(300, () => {
      const stable = 0.02
      const canary = (1.25 * stable) / (1 - stable + 1.25 * stable)
      return sequentialErrorTest(
        rollout(random, () => ({ canary, stable })),
        { alpha: 0.05 },
      ).rollback
    })
    expect(rolledBack).toBeLessThanOrEqual(0.05)
  })

  test('a canary that fails five times as often is rolled back, and never certified', () => {
    const random = generator(11)
    const results = Array.from({ length: 100 }, () =>
      sequentialErrorTest(rollout(random, () => ({ canary: 0.05, stable: 0.01 }))),
    )
    expect(results.filter((result) => result.rollback).length).toBeGreaterThan(95)
    expect(results.some((result) => result.certified)).toBe(false)
  })

  test('a healthy canary with enough errors to compare is certified', () => {
    const random = generator(13)
    const certified = share(
      100,
      () => sequentialErrorTest(rollout(random, () => ({ canary: 0.03, stable: 0.03 }))).certified,
    )
    expect(certified).toBeGreaterThan(0.8)
  })

  test('dispersion tempers the evidence', () => {
    const strata = [{ canaryRequests: 100, stableRequests: 900, canaryErrors: 9, stableErrors: 5 }]
    const grid = [5]
    const plain = sequentialErrorTest(strata, { grid })
    expect(sequentialErrorTest(strata, { grid, dispersion: 2 }).logE).toBeCloseTo(plain.logE / 2, 12)
  })

  test.each([
    { grid: [] },
    { grid: [1.2] },
    { alpha: 0 },
    { beta: 1 },
    { psiBad: 1 },
    { dispersion: 0.5 },
    { psi0: Number.NaN },
  ])('settings that make no test are refused: %o', (options) => {
    expect(() => sequentialErrorTest([], options)).toThrow(
      expect.objectContaining({ code: 'ERROR_TEST_OPTIONS_INVALID' }),
    )
  })
})
