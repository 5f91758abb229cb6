import { logSplitEvidence, splitRatioTest } from '@sluice/statistics'
import { describe, expect, test } from 'vitest'

describe('sample-ratio mismatch', () => {
  test.each([
    [[5000, 5000], [0.5, 0.5], -2.310035],
    [[5200, 4800], [0.5, 0.5], 5.613613],
    [[5300, 4700], [0.5, 0.5], 15.524012],
    [[9400, 600], [0.95, 0.05], 7.419085],
    [[9300, 700], [0.95, 0.05], 34.834395],
    [[95, 25], [0.9, 0.1], 3.088727],
    [[0, 10], [0.9, 0.1], 3.075817],
  ])('%o at weights %o', (observed, weights, expected) => {
    expect(logSplitEvidence({ observed, weights })).toBeCloseTo(expected, 6)
  })

  test.each([
    [[5200, 4800], [1, 1], 0.00364786, false],
    [[9400, 600], [95, 5], 0.000599698, true],
  ])('p of %o at %o', (observed, weights, p, mismatch) => {
    const result = splitRatioTest([{ observed, weights }])
    expect(result.p).toBeCloseTo(p, 8)
    expect(result.mismatch).toBe(mismatch)
  })

  test('steps multiply, and a step as configured alarms nobody', () => {
    const off = { observed: [5200, 4800], weights: [1, 1] }
    expect(splitRatioTest([off, off]).logE).toBeCloseTo(2 * 5.613613, 5)
    expect(splitRatioTest([{ observed: [950, 50], weights: [95, 5] }]).mismatch).toBe(false)
    expect(splitRatioTest([])).toEqual({ logE: 0, p: 1, mismatch: false })
  })

  test('one request to an arm of weight zero is a mismatch; none is nothing', () => {
    expect(splitRatioTest([{ observed: [100, 1], weights: [1, 0] }]).mismatch).toBe(true)
    expect(splitRatioTest([{ observed: [100, 0], weights: [1, 0] }])).toMatchObject({ mismatch: false })
  })

  test.each([
    { observed: [1], weights: [1, 1] },
    { observed: [1.5, 1], weights: [1, 1] },
    { observed: [1, 1], weights: [0, 0] },
    { observed: [1, 1], weights: [-1, 2] },
  ])('what is no split is refused: %o', (step) => {
    expect(() => logSplitEvidence(step)).toThrow(expect.objectContaining({ code: 'SPLIT_INVALID' }))
  })
})
