import type { Weighing } from '@sluice/statistics'
import { describe, expect, test, vi } from 'vitest'
import { measureDrift } from '../../src/drift/measure.js'
import { MEASURES } from '../../src/schema/section.js'
import { AnyBuilder } from '../../src/table/any-builder.js'
import { generator } from '../world.js'

// A simulation takes seconds on an idle machine.
vi.setConfig({ testTimeout: 120_000 })

const ALPHA = 0.025

function column(cells: Iterable<number | string>) {
  const builder = new AnyBuilder()
  for (const cell of cells) builder.add(cell)
  return builder.finish()
}

function measured(measure: (typeof MEASURES)[number], ...sides: readonly [Side, Side]) {
  const [reference, current] = sides.map(({ values, weighing }) => ({ column: column(values), weighing }))
  const found = measureDrift({ measure, bins: 10 }, reference!, current!)
  if (found.state === 'undefined') throw new Error(found.because)
  return found
}

interface Side {
  readonly values: Float64Array
  readonly weighing: Weighing
}

/** Users with ten rows each, that share a good part of where they lie. */
function users(count: number, random: () => number, grouped: boolean): Side {
  const normal = () => Math.sqrt(-2 * Math.log(random())) * Math.cos(2 * Math.PI * random())
  const at = Array.from({ length: count }, normal)
  const of = Int32Array.from({ length: 10 * count }, (_, row) => Math.floor(row / 10))
  const values = Float64Array.from(of, (user) => 0.9 * at[user]! + 0.45 * normal())
  return { values, weighing: grouped ? { clusters: { of, count } } : {} }
}

test.each(MEASURES)(
  '%s: equal users pass for drift where nobody says who they are, and not where one does',
  (measure) => {
    // Two thousand replicates a column make Kolmogorov's dearer than the others.
    const runs = measure === 'ks' ? 40 : 100
    const alarms = { grouped: 0, apart: 0 }
    for (let run = 0; run < runs; run++) {
      for (const grouped of [true, false]) {
        const random = generator(17 * run + 5)
        const { estimate } = measured(measure, users(60, random, grouped), users(60, random, grouped))
        if (estimate.above(0) <= ALPHA) alarms[grouped ? 'grouped' : 'apart']++
      }
    }
    expect(alarms.apart / runs).toBeGreaterThan(0.3)
    expect(alarms.grouped / runs).toBeLessThanOrEqual(ALPHA + 3 * Math.sqrt((ALPHA * (1 - ALPHA)) / runs))
  },
)

describe('a row of weight three is three rows', () => {
  const random = generator(8)
  const rows = 900
  const values = (shift: number) =>
    Float64Array.from({ length: rows }, () => Math.round(40 * (random() + random() + shift)) / 10)
  const weights = Float64Array.from({ length: rows }, (_, row) => 1 + (row % 3))
  const from = Int32Array.from(
    [...weights].flatMap((weight, row) => Array.from({ length: weight }, () => row)),
  )
  const sides = [values(0), values(0.1)] as const

  test.each(MEASURES)('of one cluster: %s', (measure) => {
    const [a, b] = sides.map((one) => ({ values: one, weighing: { weights } }))
    const [c, d] = sides.map((one) => ({
      values: Float64Array.from(from, (row) => one[row]!),
      weighing: { clusters: { of: from, count: rows } },
    }))
    const [weighted, brute] = [measured(measure, a!, b!), measured(measure, c!, d!)]
    // PSI adds half a row to each bin, of other numbers of rows; so is the n − 1 of the unit of Wasserstein's.
    const digits = measure === 'psi' ? 2 : measure === 'wasserstein' ? 3 : 10
    expect(weighted.raw).toBeCloseTo(brute.raw, digits)
    const [ours, theirs] = [weighted.estimate.interval(0.95), brute.estimate.interval(0.95)]
    expect(Math.abs(ours.low - theirs.low)).toBeLessThan(0.03 * brute.raw)
    expect(Math.abs(ours.high - theirs.high)).toBeLessThan(0.03 * brute.raw)
  })

  test('and a shift that weights bring about is seen', () => {
    const uniform = Float64Array.from({ length: 4000 }, () => random())
    const other = Float64Array.from({ length: 4000 }, () => random())
    const plain = measured('psi', { values: uniform, weighing: {} }, { values: other, weighing: {} })
    const tilted = measured(
      'psi',
      { values: uniform, weighing: {} },
      { values: other, weighing: { weights: other.map((value) => value ** 2) } },
    )
    expect(plain.estimate.interval(0.95).high).toBeLessThan(0.05)
    expect(tilted.estimate.above(0.3)).toBeLessThan(ALPHA)
  })
})

test('weights that are all the same change no measure', () => {
  const random = generator(3)
  const values = Float64Array.from({ length: 400 }, () => random())
  const other = Float64Array.from({ length: 300 }, () => random() + 0.1)
  for (const measure of MEASURES) {
    const of = (size: number | undefined) => {
      const side = (one: Float64Array): Side => ({
        values: one,
        weighing: size === undefined ? {} : { weights: new Float64Array(one.length).fill(size) },
      })
      return measured(measure, side(values), side(other))
    }
    const [plain, same] = [of(undefined), of(7)]
    expect(same.raw).toBeCloseTo(plain.raw, 9)
    expect(same.estimate.interval(0.95).high).toBeCloseTo(plain.estimate.interval(0.95).high, 9)
  }
})

test('few clusters decide nothing, however many rows they have', () => {
  const random = generator(1)
  const [a, b] = [users(19, random, true), users(60, random, true)].map(({ values, weighing }) => ({
    column: column(values),
    weighing,
  }))
  expect(measureDrift({ measure: 'psi', bins: 10 }, a!, b!)).toEqual({
    state: 'undefined',
    because: 'one side has fewer than 20 clusters',
  })
})

test('rows that hardly count are not so many rows', () => {
  const weights = new Float64Array(1000).fill(1e-6)
  weights.fill(1, 0, 30)
  const random = generator(2)
  const values = Float64Array.from({ length: 1000 }, () => random())
  const [a, b] = [{ weights }, {}].map((weighing) => ({ column: column(values), weighing }))
  expect(measureDrift({ measure: 'js', bins: 10 }, a!, b!)).toMatchObject({
    because: 'one side has fewer than 50 rows, by its weights',
  })
})
