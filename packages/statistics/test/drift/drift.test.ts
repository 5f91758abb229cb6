import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  cellSharesOf,
  chiSquareOfTable,
  chiSquareTail,
  distributionOf,
  divergenceOf,
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
  readonly weighted: readonly Weighted[]
}

interface Weighted extends Pick<Case, 'a' | 'b' | 'wasserstein' | 'js_base_2' | 'chi2'> {
  readonly u: readonly number[]
  readonly v: readonly number[]
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

describe('weights', () => {
  test.each(scipy.weighted)('SciPy agrees (case %$)', (one) => {
    const [a, b] = [Float64Array.from(one.a), Float64Array.from(one.b)]
    const [ofA, ofB] = [{ weights: Float64Array.from(one.u) }, { weights: Float64Array.from(one.v) }]
    expect(wassersteinDistance(distributionOf(a, ofA), distributionOf(b, ofB))).toBeCloseTo(
      one.wasserstein,
      12,
    )
    const cell = (x: number) => (x >= 0.5 ? 2 : x >= -0.5 ? 1 : 0)
    const [ours, theirs] = [
      cellSharesOf(Int32Array.from(a, cell), 3, ofA),
      cellSharesOf(Int32Array.from(b, cell), 3, ofB),
    ]
    expect(jensenShannonDistance(ours.counts, theirs.counts)).toBeCloseTo(one.js_base_2, 12)
    expect(chiSquareOfTable(ours.counts, theirs.counts).statistic).toBeCloseTo(one.chi2, 10)
  })

  // A row of weight 3 is three rows that belong together.
  const rows = fc.array(fc.tuple(fc.integer({ min: -4, max: 4 }), fc.integer({ min: 0, max: 4 })), {
    minLength: 3,
    maxLength: 30,
  })
  const weighted = rows.filter((all) => all.filter(([, weight]) => weight > 0).length > 2)
  const repeat = (all: readonly (readonly [number, number])[]) =>
    all.flatMap(([value, weight], row) => Array.from({ length: weight }, () => [value, row] as const))

  test('are repeated rows, of which each row with its copies is a cluster', () => {
    fc.assert(
      fc.property(weighted, (all) => {
        const there = all.filter(([, weight]) => weight > 0)
        const one = distributionOf(
          Float64Array.from(there, ([value]) => value),
          {
            weights: Float64Array.from(there, ([, weight]) => weight),
          },
        )
        const copies = repeat(there)
        const of = Int32Array.from(copies, ([, row]) => row)
        const brute = distributionOf(
          Float64Array.from(copies, ([value]) => value),
          {
            clusters: { of, count: there.length },
          },
        )
        expect(one.at).toEqual(brute.at)
        one.share.forEach((share, i) => {
          expect(share).toBeCloseTo(brute.share[i]!, 12)
          expect(one.variance[i]!).toBeCloseTo(brute.variance[i]!, 12)
        })
        const quantity = one.at.map((value) => value ** 2)
        expect(one.varianceOfMean(quantity)).toBeCloseTo(brute.varianceOfMean(quantity), 9)
        const cells = cellSharesOf(
          Int32Array.from(there, ([value]) => value + 4),
          9,
          {
            weights: Float64Array.from(there, ([, weight]) => weight),
          },
        )
        const repeated = cellSharesOf(
          Int32Array.from(copies, ([value]) => value + 4),
          9,
          {
            clusters: { of, count: there.length },
          },
        )
        cells.covariance.forEach((value, at) => {
          expect(value).toBeCloseTo(repeated.covariance[at]!, 12)
        })
        cells.counts.forEach((value, at) => {
          expect(value / cells.mass.rows).toBeCloseTo(repeated.counts[at]! / repeated.mass.rows, 12)
        })
      }),
    )
  })

  test('that are all the same change nothing', () => {
    fc.assert(
      fc.property(sample, fc.integer({ min: 1, max: 9 }), (values, weight) => {
        const weights = new Float64Array(values.length).fill(weight)
        const [plain, same] = [distributionOf(values), distributionOf(values, { weights })]
        expect(same.mass.rows).toBeCloseTo(plain.mass.rows, 9)
        same.variance.forEach((value, i) => {
          if (values.length > 1) expect(value).toBeCloseTo(plain.variance[i]!, 12)
        })
      }),
    )
  })
})

describe('what chance adds to a divergence', () => {
  // E[PSI] of equal populations is about (cells − 1)(1/n + 1/m), and so on for the others.
  test.each([
    ['psi', 1],
    ['js', 1 / (8 * Math.LN2)],
    ['cramers_v', 1 / 4],
  ] as const)('%s: its mean and variance are those of χ²', (kind, unit) => {
    const cell = Int32Array.from({ length: 10_000 }, (_, row) => row % 10)
    const one = cellSharesOf(cell, 10)
    const { bias, nullBias, nullVariance, slopeVariance, value } = divergenceOf(kind, one, one)
    const each = (unit * 2) / 9999
    expect(value).toBeCloseTo(0, 12)
    expect(slopeVariance).toBeCloseTo(0, 12)
    expect(nullBias / (9 * each)).toBeCloseTo(1, 2)
    expect(bias / nullBias).toBeCloseTo(1, 2)
    expect(nullVariance / (2 * 9 * each ** 2)).toBeCloseTo(1, 2)
  })
})
