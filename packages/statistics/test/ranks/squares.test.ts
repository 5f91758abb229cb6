import {
  ascendingOrder,
  aucInfluence,
  averagePrecisionInfluence,
  compensatedSquares,
} from '@sluice/statistics'
import fc from 'fast-check'
import { expect, test } from 'vitest'

const row = fc.record({
  label: fc.integer({ min: 0, max: 1 }),
  // Of a few values, so that runs of ties are long.
  score: fc.oneof(fc.integer({ min: 0, max: 4 }), fc.double({ min: 0, max: 4, noNaN: true })),
})

test.each([
  ['AUC', aucInfluence, 2],
  ['average precision', averagePrecisionInfluence, 1],
])('the error of a value alone is that of its influences: %s', (_, influence, needed) => {
  const two = [0, 1].flatMap((label) =>
    Array.from({ length: needed }, (_, i) => ({ label, score: i + label })),
  )
  fc.assert(
    fc.property(fc.array(row, { maxLength: 60 }), (more) => {
      const rows = [...two, ...more]
      const order = ascendingOrder(Float64Array.from(rows, ({ score }) => score))
      const labels = Int32Array.from(rows, ({ label }) => label)
      const { squares, psi } = influence({ order, labels })
      const expected = compensatedSquares(psi)
      expect(Math.abs(squares! - expected)).toBeLessThanOrEqual(1e-12 * expected + 1e-30)
    }),
    { numRuns: 300 },
  )
})
