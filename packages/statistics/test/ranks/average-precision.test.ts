import { ascendingOrder, averagePrecisionInfluence, type RankInfluence } from '@sluice/statistics'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { expectClose } from '../reference.js'
import { repeated, weighted } from './weights.js'

function precision(
  y: readonly number[],
  values: readonly number[],
  weights?: readonly number[],
): RankInfluence {
  return averagePrecisionInfluence({
    order: ascendingOrder(Float64Array.from(values)),
    labels: Int32Array.from(y),
    ...(weights === undefined ? {} : { weights: Float64Array.from(weights) }),
  })
}

describe('average precision', () => {
  test('agrees with scikit-learn 1.9.1, with weights too', () => {
    const [y, s] = [
      [0, 0, 1, 1],
      [0.1, 0.4, 0.35, 0.8],
    ]
    expectClose(precision(y, s).value, 0.8333333333333333)
    expectClose(precision([1, 0, 1, 0], [2, 2, 2, 2]).value, 0.5)
    // average_precision_score([0,0,1,1,0,1], [.1,.4,.35,.8,.35,.6], sample_weight=[1,2,.5,3,1.5,.25])
    const found = precision([0, 0, 1, 1, 0, 1], [0.1, 0.4, 0.35, 0.8, 0.35, 0.6], [1, 2, 0.5, 3, 1.5, 0.25])
    expectClose(found.value, 0.9356321839080459)
    expect(precision([0, 0], [1, 2])).toMatchObject({ value: Number.NaN, positives: 0 })
  })

  test('a whole weight is as many equal rows', () => {
    fc.assert(
      fc.property(weighted, (rows) => {
        const { y, s } = repeated(rows)
        const whole = precision(y, s).value
        const found = precision(
          rows.map((row) => row.y),
          rows.map((row) => row.s),
          rows.map((row) => row.w),
        ).value
        if (Number.isNaN(whole)) expect(found).toBeNaN()
        else expectClose(found, whole)
      }),
    )
  })

  test('the influence of a row is what a little more of its weight moves', () => {
    const y = [0, 1, 1, 0, 1, 0, 0, 1]
    const s = [0.2, 0.2, 0.9, 0.5, 0.5, 0.7, 0.1, 0.1]
    const w = [1, 2, 0.5, 1, 1, 3, 1, 0.25]
    const { value, psi } = precision(y, s, w)
    for (const [row, weight] of w.entries()) {
      const step = 1e-6
      const more = precision(y, s, w.with(row, weight + step)).value
      expect((weight * (more - value)) / step).toBeCloseTo(psi[row]!, 5)
    }
    expect(psi.reduce((sum, one) => sum + one, 0)).toBeCloseTo(0, 12)
  })
})
