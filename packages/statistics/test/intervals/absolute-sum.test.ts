import { describe, expect, test, vi } from 'vitest'
import { Random } from '../../../../test/simulation/random.js'
import { absoluteSum, absoluteSumDifference } from '../../src/index.js'

// A simulation takes a second on an idle machine.
vi.setConfig({ testTimeout: 60_000 })

const RUNS = 3000
const DISTANCE = 1.959964
/** Share of runs in which the truth lies beyond a bound, promised 2.5 %: three standard errors of so many runs. */
const MOST = 0.025 + 3 * Math.sqrt((0.025 * 0.975) / RUNS)

/** Independent gaps δ, each seen with an error of `error(i)`. */
function seen(delta: readonly number[], error: (i: number) => number, random: Random) {
  return {
    values: Float64Array.from(delta, (one, i) => one + error(i) * random.normal()),
    errors: Float64Array.from(delta, (_, i) => error(i)),
  }
}
const spreadOf = (...all: readonly { errors: Float64Array }[]) =>
  Math.sqrt(all.reduce((sum, { errors }) => sum + errors.reduce((part, one) => part + one ** 2, 0), 0))
const total = (delta: readonly number[]) => delta.reduce((sum, one) => sum + Math.abs(one), 0)

const even = (parts: number, size: number) => Array.from({ length: parts }, (_, i) => (i % 2 ? size : -size))
const one = (parts: number, size: number) => [size, ...even(parts - 1, 0)]
const SHAPES: [string, readonly number[]][] = [1, 3, 15, 60].flatMap(
  (parts): [string, readonly number[]][] => [
    [`${parts} parts, all 0`, even(parts, 0)],
    [`${parts} parts of half an error`, even(parts, 0.5)],
    [`${parts} parts of one error`, even(parts, 1)],
    [`${parts} parts of three errors`, even(parts, 3)],
    [`${parts} parts, all in one`, one(parts, 2 * parts)],
  ],
)

test.each(SHAPES)('both bounds hold: %s', (_, delta) => {
  const random = new Random(delta.length + 100 * total(delta))
  for (const error of [() => 1, (i: number) => 1 / (1 + i)]) {
    const scaled = delta.map((size, i) => size * error(i))
    let [low, high, far] = [0, 0, 0]
    for (let run = 0; run < RUNS; run++) {
      const parts = seen(scaled, error, random)
      const bounds = absoluteSum({ ...parts, spread: spreadOf(parts) })
      if (bounds.lower(DISTANCE) > total(scaled)) low++
      if (bounds.upper(DISTANCE) < total(scaled)) high++
      if (bounds.raw - DISTANCE * spreadOf(parts) > total(scaled)) far++
    }
    expect(low / RUNS).toBeLessThanOrEqual(MOST)
    expect(high / RUNS).toBeLessThanOrEqual(MOST)
    // The usual interval around the value itself says of sixty gaps that are nothing that they are something.
    if (delta.length === 60 && total(delta) === 0) expect(far / RUNS).toBeGreaterThan(0.5)
  }
})

test('where every sign is known the bounds are those of a plain sum', () => {
  const parts = { values: Float64Array.of(10, -20, 30), errors: Float64Array.of(1, 1, 1) }
  const bounds = absoluteSum({ ...parts, spread: Math.sqrt(3) })
  expect(bounds.raw).toBe(60)
  expect(bounds.upper(2)).toBeCloseTo(60 + 2 * Math.sqrt(3), 9)
  expect(bounds.lower(2)).toBeCloseTo(60 - 2.2 * Math.sqrt(3), 9)
})

test('a bound and its distance are each other’s inverse, and the value lies between the bounds', () => {
  const random = new Random(7)
  for (let run = 0; run < 200; run++) {
    const parts = seen(even(10, random.uniform() * 3), () => 1, random)
    const bounds = absoluteSum({ ...parts, spread: spreadOf(parts) })
    const [low, high] = [bounds.lower(1.5), bounds.upper(1.5)]
    expect(low).toBeLessThanOrEqual(bounds.raw)
    expect(high).toBeGreaterThanOrEqual(bounds.raw)
    if (low > 0) expect(bounds.above(low)).toBeCloseTo(1.5, 9)
    if (high > bounds.raw) expect(bounds.below(high)).toBeCloseTo(1.5, 9)
  }
})

test('parts without error are what they are', () => {
  const bounds = absoluteSum({ values: Float64Array.of(1, -2), errors: new Float64Array(2), spread: 0 })
  expect([bounds.lower(2), bounds.upper(2)]).toEqual([3, 3])
  expect([bounds.above(2.9), bounds.above(3.1), bounds.below(3.1), bounds.below(2.9)]).toEqual([
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
  ])
})

describe('a difference of two sums', () => {
  test.each<[string, readonly number[], readonly number[]]>([
    ['both 0', even(15, 0), even(15, 0)],
    ['evenly spread against all in one place', even(15, 1), one(15, 15)],
    ['all in one place against evenly spread', one(15, 15), even(15, 1)],
    ['large against 0', even(15, 4), even(15, 0)],
  ])('%s: both bounds hold', (_, ours, theirs) => {
    const random = new Random(3)
    const truth = total(ours) - total(theirs)
    let [low, high, plain] = [0, 0, 0]
    for (let run = 0; run < RUNS; run++) {
      const [a, b] = [seen(ours, () => 1, random), seen(theirs, () => 1, random)]
      const bounds = absoluteSumDifference(a, b, spreadOf(a, b))
      if (bounds.lower(DISTANCE) > truth) low++
      if (bounds.upper(DISTANCE) < truth) high++
      if (Math.abs(bounds.raw - truth) > DISTANCE * spreadOf(a, b)) plain++
    }
    expect(low / RUNS).toBeLessThanOrEqual(MOST)
    expect(high / RUNS).toBeLessThanOrEqual(MOST)
    // Bias that is not the same on both sides passes for a difference where it is not reckoned with.
    if (total(ours) === total(theirs) && total(ours) > 0) expect(plain / RUNS).toBeGreaterThan(0.2)
  })
})
