import { aucVariance, detectableEffect, nestedVariance, powerOf, rowsFor } from '@sluice/statistics'
import { describe, expect, test } from 'vitest'

describe('planning', () => {
  test('Miller’s example needs 969 questions two-sided, and 764 one-sided', () => {
    const variance = 1 / 9
    expect(rowsFor(0.03, { variance, alpha: 0.05, sides: 2 })).toBe(969)
    expect(rowsFor(0.03, { variance, alpha: 0.05 })).toBe(764)
    // The gate's default level is one-sided 0.025, which is two-sided 0.05.
    expect(rowsFor(-0.03, { variance, alpha: 0.025 })).toBe(969)
  })

  test('rows, effect and power are one relation', () => {
    const planned = { variance: 0.1, alpha: 0.025, power: 0.9 }
    const effect = detectableEffect(5000, planned)
    expect(rowsFor(effect * (1 + 1e-12), planned)).toBe(5000)
    expect(powerOf(effect, 5000, planned)).toBeCloseTo(0.9, 12)
    expect(powerOf(0, 5000, planned)).toBeCloseTo(0.025, 12)
  })

  test('repeats lessen the noise within items and not the number of items', () => {
    const between = 1 / 9
    const once = nestedVariance({ between, within: [0.2, 0.1], repeats: [1, 1] })
    const often = nestedVariance({ between, within: [0.2, 0.1], repeats: [1e9, 1e9] })
    expect(once).toBeCloseTo(between + 0.3, 12)
    expect(often).toBeCloseTo(between, 8)
  })

  test('the variance of an AUC is that of Hanley & McNeil on many rows', () => {
    // Their standard error at A = 0.85 with 5000 positive and 15000 negative rows.
    const [a, n1, n0] = [0.85, 5000, 15000]
    const q1 = a / (2 - a)
    const q2 = (2 * a * a) / (1 + a)
    const exact = (a * (1 - a) + (n1 - 1) * (q1 - a * a) + (n0 - 1) * (q2 - a * a)) / (n1 * n0)
    expect(aucVariance(a, 0.25) / (n1 + n0) / exact).toBeCloseTo(1, 3)
  })
})
