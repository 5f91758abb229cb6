import { ascendingOrder, type Order, ordersOfParts } from '@sluice/statistics'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

function plainly(scores: Float64Array): number[] {
  return Array.from(scores, (_, i) => i).sort((i, j) => scores[i]! - scores[j]! || i - j)
}

function check({ rows, ties }: Order, scores: Float64Array): void {
  const expected = plainly(scores)
  expect([...rows]).toEqual(expected)
  expect([...ties]).toEqual(
    expected.map((row, i) => (i > 0 && scores[row] === scores[expected[i - 1]!] ? 1 : 0)),
  )
}

describe('the order of rows by score', () => {
  test('is that of a comparing sort, ties in order of their rows, whatever the scores', () => {
    const score = fc.oneof(
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.constantFrom(0, -0, 1, 5e-324, 1e-323, 1e308, -1e308, Number.MAX_VALUE, -Number.MAX_VALUE),
      fc.double({ min: 0, max: 1e-9, noNaN: true }),
      fc.integer({ min: 0, max: 5 }),
    )
    fc.assert(
      fc.property(fc.array(score, { minLength: 0, maxLength: 300 }), (values) => {
        const scores = Float64Array.from(values)
        check(ascendingOrder(scores), scores)
      }),
      { numRuns: 500 },
    )
  })

  test.each([
    ['crowded beside one far outlier', (i: number) => (i === 7 ? 1e300 : Math.sin(i))],
    ['on many scales', (i: number) => Math.exp(-((i * 7919) % 700))],
    ['all the same', () => 0.25],
    ['a few of the smallest doubles', (i: number) => ((i * 31) % 7) * 5e-324],
  ])('holds where scores are %s', (_, score) => {
    const scores = Float64Array.from({ length: 5000 }, (_, i) => score(i))
    check(ascendingOrder(scores), scores)
  })

  test('gives the order of each part without sorting it', () => {
    const scores = Float64Array.from({ length: 200 }, (_, i) => (i * 37) % 50)
    const partOf = Int32Array.from(scores, (_, i) => [0, 1, -1, 2][i % 4]!)
    const filled = [0, 0, 0]
    const placeOf = Uint32Array.from(partOf, (part) => (part < 0 ? 0 : filled[part]!++))
    const orders = ordersOfParts(ascendingOrder(scores), partOf, placeOf, filled)
    for (const [part, order] of orders.entries()) {
      check(
        order,
        scores.filter((_, i) => partOf[i] === part),
      )
    }
  })
})
