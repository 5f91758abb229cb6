import {
  clopperPearsonInterval,
  mcnemar,
  normalQuantile,
  tangoInterval,
  tangoLowerTail,
  tangoStatistic,
  wilsonInterval,
} from '@sluice/statistics'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { expectClose, reference } from '../reference.js'

describe('one proportion', () => {
  test.each(reference.wilson as number[][])('Wilson, %d of %d at %d', (k, n, level, low, high) => {
    const found = wilsonInterval(k!, n!, level!)
    expectClose(found.low, low!, 1e-12, 1e-15)
    expectClose(found.high, high!)
  })
  test.each(reference.clopperPearson as number[][])(
    'Clopper-Pearson, %d of %d at %d',
    (k, n, level, low, high) => {
      const found = clopperPearsonInterval(k!, n!, level!)
      expectClose(found.low, low!, 1e-11)
      expectClose(found.high, high!, 1e-11)
    },
  )
  test('no trial says nothing', () => {
    expect(wilsonInterval(0, 0, 0.95)).toEqual({ low: 0, high: 1 })
  })
})

describe('the difference of two paired proportions', () => {
  test.each(reference.tango as number[][])(
    'score of %d pairs, %d gained, %d lost, at δ = %d',
    (pairs, gained, lost, delta, expected) => {
      expectClose(tangoStatistic({ pairs: pairs!, gained: gained!, lost: lost! }, delta!), expected!, 1e-6)
    },
  )

  test('the ends of the interval are where the score is ±z', () => {
    const counts = fc.tuple(fc.integer({ min: 1, max: 5000 }), fc.nat(500), fc.nat(500))
    fc.assert(
      fc.property(counts, ([rest, gained, lost]) => {
        const data = { pairs: rest + gained + lost, gained, lost }
        const { low, high } = tangoInterval(data, 0.95)
        const z = -normalQuantile(0.025)
        expectClose(tangoStatistic(data, low), z, 1e-6)
        expectClose(tangoStatistic(data, high), -z, 1e-6)
        expectClose(tangoLowerTail(data, high), 0.025, 1e-5)
        const swapped = tangoInterval({ pairs: data.pairs, gained: lost, lost: gained }, 0.95)
        expectClose(swapped.low, -high, 1e-9, 1e-12)
      }),
    )
  })

  test('five pairs that all agree show nothing: the interval keeps its width', () => {
    const { low, high } = tangoInterval({ pairs: 5, gained: 0, lost: 0 }, 0.95)
    expect(high).toBeGreaterThan(0.4)
    expect(low).toBeLessThan(-0.4)
  })

  test.each(reference.mcnemar as number[][])('exact McNemar, %d against %d', (gained, lost, expected) => {
    expectClose(mcnemar(gained!, lost!).exact, expected!)
  })

  // microsoft/ai-agent-evals takes the tail at the first count, and returns p = 1.99993 for the first row.
  test.each([
    [20, 2],
    [2, 20],
  ])('McNemar looks into the smaller tail: %d against %d', (gained, lost) => {
    const { exact, midP } = mcnemar(gained, lost)
    expect(exact).toBeCloseTo(1.21117e-4, 9)
    expect(midP).toBeCloseTo(6.60419e-5, 10)
  })

  test('McNemar is never above one, and one without discordant pairs', () => {
    fc.assert(
      fc.property(fc.nat(300), fc.nat(300), (gained, lost) => {
        const { exact, midP } = mcnemar(gained, lost)
        expect(exact).toBeLessThanOrEqual(1)
        expect(midP).toBeLessThanOrEqual(exact)
      }),
    )
    expect(mcnemar(0, 0)).toEqual({ exact: 1, midP: 1 })
  })
})
