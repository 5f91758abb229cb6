import { expect, test } from 'vitest'
import { chiSquareCdf, chiSquareTail, normalCdf, pearsonTails } from '../../src/index.js'

test('three moments of a χ² variable are a χ² variable', () => {
  for (const df of [1, 2, 9, 40])
    for (const x of [0.1, 1, 5, 20, 60]) {
      const { lower, upper } = pearsonTails(x, df, 2 * df, 8 * df)
      expect(upper / chiSquareTail(x, df)).toBeCloseTo(1, 10)
      expect(lower / chiSquareCdf(x, df)).toBeCloseTo(1, 10)
    }
})

test('without skewness it is a normal variable, and nothing lies below where it begins', () => {
  expect(pearsonTails(3, 1, 4, 0)).toEqual({ lower: normalCdf(1), upper: normalCdf(-1) })
  expect(pearsonTails(-1, 1, 2, 8)).toEqual({ lower: 0, upper: 1 })
})

// Of which the distribution function is a Poisson mixture of central ones.
test.each([
  [9, 4, 25],
  [9, 30, 15],
])('near a noncentral χ² of %d degrees and %d', (df, away, x) => {
  const { lower, upper } = pearsonTails(x, df + away, 2 * (df + 2 * away), 8 * (df + 3 * away))
  let [sum, weight] = [0, Math.exp(-away / 2)]
  for (let j = 0; j < 400; j++) {
    sum += weight * chiSquareCdf(x, df + 2 * j)
    weight *= away / 2 / (j + 1)
  }
  expect(Math.abs(lower - sum)).toBeLessThan(0.004)
  expect(Math.abs(upper - (1 - sum))).toBeLessThan(0.004)
})
