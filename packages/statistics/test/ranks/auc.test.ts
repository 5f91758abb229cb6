import {
  ascendingOrder,
  aucInfluence,
  aucStatistic,
  newcombeAucInterval,
  type RankInfluence,
} from '@sluice/statistics'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { expectClose, reference } from '../reference.js'
import { repeated, weighted } from './weights.js'

interface Case {
  y: number[]
  a: number[]
  b: number[]
  auc: number[]
  variance: number[]
  covariance: number
}

function auc(y: readonly number[], values: readonly number[], weights?: readonly number[]): RankInfluence {
  return aucInfluence({
    order: ascendingOrder(Float64Array.from(values)),
    labels: Int32Array.from(y),
    ...(weights === undefined ? {} : { weights: Float64Array.from(weights) }),
  })
}

function covariance(a: RankInfluence, b: RankInfluence): number {
  const n = a.psi.length
  return (a.psi.reduce((sum, psi, i) => sum + psi * b.psi[i]!, 0) * n) / (n - 1)
}

describe('AUC and DeLong', () => {
  test.each(reference.auc as Case[])(
    'agree with the definition ($y.length rows)',
    ({ y, a, b, ...expected }) => {
      const first = auc(y, a)
      const second = auc(y, b)
      expectClose(first.value, expected.auc[0]!)
      expectClose(second.value, expected.auc[1]!)
      expectClose(covariance(first, first), expected.variance[0]!)
      expectClose(covariance(second, second), expected.variance[1]!)
      expectClose(covariance(first, second), expected.covariance)
    },
  )

  test('all tied is one half, perfect is one, one class is undefined', () => {
    expect(auc([1, 1, 0, 0, 0], [1, 1, 1, 1, 1]).value).toBe(0.5)
    expect(auc([1, 1, 0, 0], [2, 3, 0, 1]).value).toBe(1)
    expect(auc([0, 0], [1, 2])).toMatchObject({ value: Number.NaN, positives: 0, negatives: 2 })
  })

  test('whatever the scores, it is the share of pairs won, ties counting one half', () => {
    const score = fc.oneof(
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.constantFrom(0, -0, 1, 5e-324, 1e308, -1e308, Number.MAX_VALUE, -Number.MAX_VALUE),
      fc.integer({ min: 0, max: 5 }),
    )
    const scores = fc.array(score, { minLength: 1, maxLength: 60 })
    fc.assert(
      fc.property(scores, scores, (x, y) => {
        const won = x.map((a) => y.reduce((sum, b) => sum + (a > b ? 1 : a === b ? 0.5 : 0), 0))
        const labels = [...x.map(() => 1), ...y.map(() => 0)]
        const expected = won.reduce((sum, w) => sum + w, 0) / (x.length * y.length)
        expect(auc(labels, [...x, ...y]).value).toBe(expected)
        expect(
          auc(
            labels.map((label) => 1 - label),
            [...x, ...y],
          ).value,
        ).toBeCloseTo(1 - expected, 14)
      }),
      { numRuns: 500 },
    )
  })

  test('a whole weight is as many equal rows; a weight of none is no row', () => {
    fc.assert(
      fc.property(weighted, (rows) => {
        const { y, s } = repeated(rows)
        const whole = auc(y, s).value
        const found = auc(
          rows.map((row) => row.y),
          rows.map((row) => row.s),
          rows.map((row) => row.w),
        ).value
        expect(found).toEqual(whole)
      }),
    )
  })

  test('weights agree with scikit-learn 1.9.1, and one weight for all changes nothing', () => {
    // roc_auc_score([0,0,1,1,0,1], [.1,.4,.35,.8,.35,.6], sample_weight=[1,2,.5,3,1.5,.25])
    const [y, s] = [
      [0, 0, 1, 1, 0, 1],
      [0.1, 0.4, 0.35, 0.8, 0.35, 0.6],
    ]
    expectClose(auc(y, s, [1, 2, 0.5, 3, 1.5, 0.25]).value, 0.9185185185185185)
    const [plain, tripled] = [auc(y, s), auc(y, s, [3, 3, 3, 3, 3, 3])]
    expectClose(tripled.value, plain.value)
    for (const [row, psi] of plain.psi.entries()) expectClose(tripled.psi[row]!, psi, 1e-12, 1e-16)
  })

  test('Newcombe’s interval is where his statistic is the quantile, and stays within (0, 1)', () => {
    const { low, high } = newcombeAucInterval(0.93, 20, 1980, 0.95)
    expect(aucStatistic(0.93, low, 20, 1980)).toBeCloseTo(1.959963984540054, 9)
    expect(aucStatistic(0.93, high, 20, 1980)).toBeCloseTo(-1.959963984540054, 9)
    expect(0.93 - low).toBeGreaterThan(high - 0.93)
    // Perfect on few rows is not perfect: ten of each leave an AUC of 0.8 open.
    const perfect = newcombeAucInterval(1, 10, 10, 0.95)
    expect(perfect.high).toBe(1)
    expect(perfect.low).toBeLessThan(0.85)
    expect(newcombeAucInterval(0, 10, 10, 0.95).low).toBe(0)
  })
})
