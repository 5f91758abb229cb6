import { poissonWeight, poissonWeights } from '@sluice/statistics'
import { describe, expect, test } from 'vitest'

describe('the Poisson bootstrap', () => {
  test('a weight hangs on seed, replicate and unit, and on nothing else', () => {
    const weights = new Uint8Array(1000)
    poissonWeights(42, 7, weights)
    for (const unit of [0, 1, 17, 999]) expect(poissonWeight(42, 7, unit)).toBe(weights[unit])
    const again = new Uint8Array(10)
    poissonWeights(42, 7, again)
    expect([...again]).toEqual([...weights.slice(0, 10)])
  })

  test('weights are Poisson with mean one, and replicates do not resemble each other', () => {
    const n = 200_000
    const [a, b] = [new Uint8Array(n), new Uint8Array(n)]
    poissonWeights(1, 0, a)
    poissonWeights(1, 1, b)
    const share = (k: number) => a.reduce((count, weight) => count + (weight === k ? 1 : 0), 0) / n
    const expected = [0.367879, 0.367879, 0.18394, 0.061313, 0.015328]
    for (const [k, probability] of expected.entries()) {
      expect(Math.abs(share(k) - probability)).toBeLessThan(4 * Math.sqrt(probability / n))
    }
    const product = a.reduce((sum, weight, i) => sum + (weight - 1) * (b[i]! - 1), 0) / n
    expect(Math.abs(product)).toBeLessThan(4 / Math.sqrt(n))
  })

  test('the spread of bootstrap means is the standard error', () => {
    const values = Array.from({ length: 400 }, (_, i) => Math.sin(i * i))
    const mean = values.reduce((sum, x) => sum + x, 0) / values.length
    const error = Math.sqrt(values.reduce((sum, x) => sum + (x - mean) ** 2, 0)) / values.length
    const weights = new Uint8Array(values.length)
    const means = Array.from({ length: 3000 }, (_, replicate) => {
      poissonWeights(5, replicate, weights)
      let sum = 0
      let count = 0
      for (const [i, x] of values.entries()) {
        sum += weights[i]! * x
        count += weights[i]!
      }
      return sum / count - mean
    })
    const spread = Math.sqrt(means.reduce((sum, x) => sum + x * x, 0) / means.length)
    expect(spread / error).toBeGreaterThan(0.95)
    expect(spread / error).toBeLessThan(1.05)
  })
})
