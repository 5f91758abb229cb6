import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  chiSquareOfTable,
  chiSquareTail,
  jensenShannonDistance,
  kolmogorovSmirnov,
  kolmogorovTail,
  populationStability,
  resampleCounts,
  smoothedShares,
  wassersteinDistance,
} from '../../src/index.js'

interface Case {
  readonly a: readonly number[]
  readonly b: readonly number[]
  readonly reference: readonly number[]
  readonly current: readonly number[]
  readonly wasserstein: number
  readonly ks: number
  readonly ks_limit_p: number
  readonly js_base_2: number
  readonly chi2: number
  readonly chi2_df: number
  readonly chi2_p: number
}

const scipy = JSON.parse(readFileSync(new URL('drift.json', import.meta.url), 'utf8')) as {
  readonly docs: { readonly js: readonly number[] }
  readonly cases: readonly Case[]
}

const rising = (...values: number[]) => Float64Array.from(values).sort()

describe('published values', () => {
  test('Jensen-Shannon distance', () => {
    expect(jensenShannonDistance([50, 50], [90, 10])).toBeCloseTo(scipy.docs.js[1]!, 14)
  })

  // scipy.stats.wasserstein_distance([0,1,3],[5,6,8])
  test('Wasserstein', () => {
    expect(wassersteinDistance(rising(0, 1, 3), rising(5, 6, 8))).toBeCloseTo(5, 12)
    expect(wassersteinDistance(rising(0, 0, 1), rising(0, 1, 1))).toBeCloseTo(1 / 3, 12)
  })

  // scipy.stats.chi2_contingency([[90,10],[80,20]], correction=False)
  test('χ² of a table', () => {
    const { df, statistic } = chiSquareOfTable([90, 10], [80, 20])
    expect(df).toBe(1)
    expect(chiSquareTail(statistic, df)).toBeCloseTo(0.04767038, 8)
  })

  // p [.5,.45,.05] against q [.5,.5,0] of 1000 rows each, with half a row added
  test('PSI', () => {
    expect(populationStability([500, 500, 0], [500, 450, 50])).toBeCloseTo(0.2357, 4)
  })

  // scipy.stats.kstwobign.sf(1.36), the 5 % point of every table
  test('Kolmogorov', () => {
    const n = 1000
    expect(kolmogorovTail(1.36 / Math.sqrt(n / 2), n, n)).toBeCloseTo(0.0494858, 6)
    expect(kolmogorovTail(0, n, n)).toBe(1)
  })
})

/** By SciPy, on the tables of generate.py. */
test.each(scipy.cases)('SciPy agrees (case %$)', (one) => {
  const [a, b] = [rising(...one.a), rising(...one.b)]
  expect(wassersteinDistance(a, b)).toBeCloseTo(one.wasserstein, 12)
  expect(kolmogorovSmirnov(a, b)).toBeCloseTo(one.ks, 12)
  expect(kolmogorovTail(one.ks, a.length, b.length)).toBeCloseTo(one.ks_limit_p, 12)
  expect(jensenShannonDistance(one.reference, one.current)).toBeCloseTo(one.js_base_2, 12)
  const { cramersV, df, statistic } = chiSquareOfTable(one.reference, one.current)
  expect(statistic).toBeCloseTo(one.chi2, 10)
  expect(df).toBe(one.chi2_df)
  if (df > 0) expect(chiSquareTail(statistic, df)).toBeCloseTo(one.chi2_p, 12)
  expect(cramersV).toBeCloseTo(Math.sqrt(one.chi2 / (a.length + b.length)), 12)
})

test('shares add up to one, and a category that vanished counts as shrunk, a new one as grown', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(1000), { minLength: 1, maxLength: 20 }), (counts) => {
      const shares = smoothedShares(counts)
      expect(shares.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 12)
      expect(Math.min(...shares)).toBeGreaterThan(0)
    }),
  )
  const [vanished] = smoothedShares([0, 19_999])
  const [was] = smoothedShares([1, 19_999])
  expect(vanished).toBeLessThan(was!)
  expect(populationStability([1000, 0], [990, 10])).toSatisfy((x: number) => Number.isFinite(x) && x > 0)
})

const counts = fc.integer({ min: 1, max: 12 }).chain((cells) => {
  const side = fc
    .array(fc.nat(500), { minLength: cells, maxLength: cells })
    .filter((all) => all.some((x) => x > 0))
  return fc.tuple(side, side)
})

test('every measure is 0 for the same shares, symmetric, and within its bounds', () => {
  fc.assert(
    fc.property(counts, ([a, b]) => {
      expect(populationStability(a, a)).toBeCloseTo(0, 12)
      expect(populationStability(a, b)).toBeCloseTo(populationStability(b, a), 10)
      expect(populationStability(a, b)).toBeGreaterThanOrEqual(0)
      const distance = jensenShannonDistance(a, b)
      expect(distance).toBeCloseTo(jensenShannonDistance(b, a), 12)
      expect(distance).toBeLessThanOrEqual(1 + 1e-12)
      const { cramersV } = chiSquareOfTable(a, b)
      expect(cramersV).toBeGreaterThanOrEqual(0)
      expect(cramersV).toBeLessThanOrEqual(1 + 1e-9)
    }),
  )
})

const sample = fc
  .array(fc.oneof(fc.integer({ min: -5, max: 5 }), fc.double({ min: -10, max: 10, noNaN: true })), {
    minLength: 1,
    maxLength: 30,
  })
  .map((values) => rising(...values))

test('distances of samples agree with their definitions, ties or none', () => {
  fc.assert(
    fc.property(sample, sample, (a, b) => {
      const share = (of: Float64Array, x: number) => of.filter((value) => value <= x).length / of.length
      const points = [...a, ...b].sort((x, y) => x - y)
      const gaps = points.map((x) => Math.abs(share(a, x) - share(b, x)))
      expect(kolmogorovSmirnov(a, b)).toBeCloseTo(Math.max(...gaps), 12)
      const area = points.slice(1).reduce((sum, x, i) => sum + gaps[i]! * (x - points[i]!), 0)
      expect(wassersteinDistance(a, b)).toBeCloseTo(area, 9)
    }),
  )
})

test('resampled counts have the mean and the variance of Poisson numbers, and repeat themselves', () => {
  for (const mean of [0, 0.5, 4, 29, 31, 5000]) {
    const into = new Float64Array(1)
    let [sum, squares] = [0, 0]
    const replicates = 20_000
    for (let replicate = 0; replicate < replicates; replicate++) {
      resampleCounts([mean], 7, replicate, into)
      sum += into[0]!
      squares += (into[0]! - mean) ** 2
    }
    const error = Math.sqrt(mean / replicates)
    expect(Math.abs(sum / replicates - mean)).toBeLessThanOrEqual(4 * error)
    expect(Math.abs(squares / replicates - mean)).toBeLessThanOrEqual(0.08 * mean + 1e-9)
  }
  const [one, again] = [new Float64Array(3), new Float64Array(3)]
  resampleCounts([5, 50, 500], 7, 3, one)
  resampleCounts([5, 50, 500], 7, 3, again)
  expect(one).toEqual(again)
})
