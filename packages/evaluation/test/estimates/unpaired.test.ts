import { normalCdf } from '@sluice/statistics'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { logitEstimate, symmetricEstimate, wilsonEstimate } from '../../src/estimates/estimate.js'
import { unpairedEstimate } from '../../src/estimates/unpaired.js'

describe('the difference of two estimates of different rows', () => {
  /** Newcombe 1998, Statistics in Medicine 17:873, table II, method 10. */
  test.each([
    [56, 70, 48, 80, 0.0524, 0.3339],
    [9, 10, 3, 10, 0.1705, 0.809],
    [6, 7, 2, 7, 0.0582, 0.8062],
    [5, 56, 0, 29, -0.0381, 0.1926],
    [0, 10, 0, 20, -0.1611, 0.2775],
    [10, 10, 0, 10, 0.6075, 1],
  ])('of the proportions %d/%d and %d/%d is as published', (a, m, b, n, low, high) => {
    const found = unpairedEstimate(wilsonEstimate(a, m), wilsonEstimate(b, n)).interval(0.95)
    expect(found.low).toBeCloseTo(low, 4)
    expect(found.high).toBeCloseTo(high, 4)
  })

  test('of two normal ones is the usual one', () => {
    const found = unpairedEstimate(symmetricEstimate(0.8, 0.03, 'a'), symmetricEstimate(0.75, 0.04, 'b'))
    const { low, high } = found.interval(0.95)
    expect(low).toBeCloseTo(0.05 - 1.959963984540054 * 0.05, 12)
    expect(high).toBeCloseTo(0.05 + 1.959963984540054 * 0.05, 12)
    for (const threshold of [-0.2, -0.02, 0, 0.049, 0.051, 0.1, 0.3]) {
      expect(found.below(threshold)).toBeCloseTo(normalCdf((0.05 - threshold) / 0.05), 9)
      expect(found.above(threshold)).toBeCloseTo(normalCdf((threshold - 0.05) / 0.05), 9)
    }
  })

  test('without any spread is exact', () => {
    const found = unpairedEstimate(symmetricEstimate(2, 0, 'a'), symmetricEstimate(1, 0, 'b'))
    expect(found.interval(0.95)).toEqual({ low: 1, high: 1 })
    expect(found.below(1.5)).toBeLessThan(1e-9)
    expect(found.above(1.5)).toBeGreaterThan(1 - 1e-9)
  })

  test('keeps the few degrees of freedom of either', () => {
    const few = unpairedEstimate(symmetricEstimate(0, 1, 'a', 3), symmetricEstimate(0, 1, 'b'))
    const many = unpairedEstimate(symmetricEstimate(0, 1, 'a'), symmetricEstimate(0, 1, 'b'))
    expect(few.interval(0.95).high).toBeGreaterThan(many.interval(0.95).high)
  })

  test('has p-values that say what the interval says', () => {
    const share = fc.double({ min: 0.05, max: 0.95, noNaN: true })
    const error = fc.double({ min: 0.005, max: 0.1, noNaN: true })
    fc.assert(
      fc.property(
        share,
        error,
        share,
        error,
        fc.double({ min: -0.9, max: 0.9, noNaN: true }),
        (a, ea, b, eb, at) => {
          const found = unpairedEstimate(logitEstimate(a, ea, 'a', 100), symmetricEstimate(b, eb, 'b'))
          const { low, high } = found.interval(0.95)
          if (Math.min(Math.abs(high - at), Math.abs(low - at)) < 1e-9) return
          expect(found.below(at) <= 0.025).toBe(high < at)
          expect(found.above(at) <= 0.025).toBe(low > at)
        },
      ),
      { numRuns: 200 },
    )
  })
})
