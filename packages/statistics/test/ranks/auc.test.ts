import { auc, aucCovariance, aucDifference, aucInterval } from '@sluice/statistics'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { expectClose, reference } from '../reference.js'

interface Case {
  y: number[]
  a: number[]
  b: number[]
  auc: number[]
  variance: number[]
  covariance: number
}

function split(y: readonly number[], scores: readonly number[]) {
  const of = (label: number) => Float64Array.from(scores.filter((_, i) => y[i] === label))
  return auc(of(1), of(0))
}

describe('AUC and DeLong', () => {
  test.each(reference.auc as Case[])(
    'agree with the definition ($y.length rows)',
    ({ y, a, b, ...expected }) => {
      const first = split(y, a)
      const second = split(y, b)
      expectClose(first.auc, expected.auc[0]!)
      expectClose(second.auc, expected.auc[1]!)
      expectClose(aucCovariance(first, first), expected.variance[0]!)
      expectClose(aucCovariance(second, second), expected.variance[1]!)
      expectClose(aucCovariance(first, second), expected.covariance)
      const variance = expected.variance[0]! + expected.variance[1]! - 2 * expected.covariance
      expectClose(aucDifference(first, second).standardError, Math.sqrt(variance), 1e-10)
    },
  )

  test('all tied is one half, perfect is one, one class is undefined', () => {
    expect(auc(new Float64Array([1, 1]), new Float64Array([1, 1, 1])).auc).toBe(0.5)
    expect(auc(new Float64Array([2, 3]), new Float64Array([0, 1])).auc).toBe(1)
    expect(() => auc(new Float64Array(), new Float64Array([1]))).toThrow(
      expect.objectContaining({ code: 'AUC_UNDEFINED' }),
    )
  })

  test('swapping the labels gives 1 − AUC; a rising function of the scores changes nothing', () => {
    const scores = fc.array(fc.integer({ min: -20, max: 20 }), { minLength: 1, maxLength: 40 })
    fc.assert(
      fc.property(scores, scores, (x, y) => {
        const [positives, negatives] = [Float64Array.from(x), Float64Array.from(y)]
        const plain = auc(positives, negatives)
        expect(auc(negatives, positives).auc).toBeCloseTo(1 - plain.auc, 14)
        const risen = auc(positives.map(Math.exp), negatives.map(Math.exp))
        expect(risen).toEqual(plain)
      }),
    )
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
        const found = auc(Float64Array.from(x), Float64Array.from(y))
        expect(found.auc).toBe(won.reduce((sum, w) => sum + w, 0) / (x.length * y.length))
        expect([...found.positives]).toEqual(won.map((w) => w / y.length))
      }),
      { numRuns: 500 },
    )
  })

  test('the interval is on the logit scale and keeps its width at one', () => {
    const { low, high } = aucInterval(0.93, 0.02, 50, 0.95)
    expect(0.93 - low).toBeGreaterThan(high - 0.93)
    expect(high).toBeLessThan(1)
    expect(aucInterval(1, 0, 10, 0.95).low).toBeLessThan(0.75)
    expect(aucInterval(0, 0, 10, 0.95).high).toBeGreaterThan(0.25)
  })
})
