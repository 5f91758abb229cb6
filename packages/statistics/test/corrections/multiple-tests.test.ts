import { benjaminiHochberg, holm } from '@sluice/statistics'
import { describe, expect, test } from 'vitest'
import { expectClose, reference } from '../reference.js'

type Lists = [number[], number[]][]

describe('corrections for many tests', () => {
  test.each(reference.benjaminiHochberg as Lists)('Benjamini-Hochberg of %o', (p, expected) => {
    for (const [i, value] of benjaminiHochberg(p).entries()) expectClose(value, expected[i]!)
  })
  test.each(reference.holm as Lists)('Holm of %o', (p, expected) => {
    for (const [i, value] of holm(p).entries()) expectClose(value, expected[i]!)
  })

  test('no test, no rejection', () => {
    expect(benjaminiHochberg([])).toEqual([])
    expect(holm([])).toEqual([])
  })

  // Giskard ranks by `p.argsort() + 1`, which is no rank: it rejects in 65 % of null worlds at a nominal 10 %.
  test('under the global null neither rejects more often than it promises', () => {
    let state = 99
    const random = () => {
      state = (state * 48271) % 2147483647
      return state / 2147483647
    }
    let byBenjaminiHochberg = 0
    let byHolm = 0
    const worlds = 4000
    for (let world = 0; world < worlds; world++) {
      const p = Array.from({ length: 20 }, random)
      if (benjaminiHochberg(p).some((value) => value <= 0.1)) byBenjaminiHochberg++
      if (holm(p).some((value) => value <= 0.1)) byHolm++
    }
    expect(byBenjaminiHochberg / worlds).toBeLessThan(0.115)
    expect(byBenjaminiHochberg / worlds).toBeGreaterThan(0.08)
    expect(byHolm / worlds).toBeLessThan(0.115)
  })
})
