import { describe, expect, test, vi } from 'vitest'
import type { View } from '../../src/metrics/metric.js'
import { METRICS } from '../../src/metrics/metrics.js'
import { generator } from '../world.js'

// A simulation takes a second on an idle machine.
vi.setConfig({ testTimeout: 60_000 })

const ALPHA = 0.025
const RUNS = 100
/** Three standard errors over what is promised, of so many runs. */
const MOST = ALPHA + 3 * Math.sqrt((ALPHA * (1 - ALPHA)) / RUNS)

/** Scores between 0.1 and 0.9; what comes true does so with probability `truth(score)`. */
function view(rows: number, random: () => number, truth: (score: number) => number): View {
  const score = Float64Array.from({ length: rows }, () => 0.1 + 0.8 * random())
  const labels = Int32Array.from(score, (p) => (random() < truth(p) ? 1 : 0))
  return { rows, labels, scores: [score], classes: ['0', '1'], threshold: 0.5 }
}

function estimate(of: View) {
  const found = METRICS.ece.measure(of)
  if (found.state === 'undefined') throw new Error(found.because)
  return found.estimate
}

function difference(candidate: View, champion: View) {
  const found = METRICS.ece.compare(candidate, champion)
  if (found.state === 'undefined') throw new Error(found.because)
  return found.estimate
}

/** Share of runs in which something is shown. */
function shown(run: (random: () => number) => boolean): number {
  const random = generator(20261125)
  return Array.from({ length: RUNS }, () => run(random)).filter(Boolean).length / RUNS
}

describe('an upper limit on the calibration error', () => {
  const calibrated = (p: number) => p
  const overconfident = (p: number) => 0.5 + 0.5 * (p - 0.5)

  test('is hardly ever shown to be broken by a calibrated model, whose value is above it', () => {
    const broken = shown((random) => estimate(view(2000, random, calibrated)).above(0) <= ALPHA)
    expect(broken).toBeLessThanOrEqual(MOST)
    expect(estimate(view(2000, generator(1), calibrated)).value).toBeGreaterThan(0.01)
  })

  test('is shown to be kept by a calibrated model, and broken by an overconfident one', () => {
    expect(
      shown((random) => estimate(view(2000, random, calibrated)).interval(0.95).high <= 0.07),
    ).toBeGreaterThan(0.9)
    expect(
      shown((random) => estimate(view(2000, random, overconfident)).above(0.05) <= ALPHA),
    ).toBeGreaterThan(0.9)
  })

  test('is hardly ever shown to be kept by a model that breaks it', () => {
    // 0.1 on average: a quarter of the width of the scores on either side.
    const kept = shown((random) => estimate(view(2000, random, overconfident)).interval(0.95).high < 0.0998)
    expect(kept).toBeLessThanOrEqual(MOST)
  })
})

test('a bin in which nothing came true is not known without error', () => {
  const rows = 2000
  const confident: View = {
    rows,
    labels: Int32Array.from({ length: rows }, () => 0),
    scores: [new Float64Array(rows).fill(0.001)],
    classes: ['0', '1'],
    threshold: 0.5,
  }
  const { high, low } = estimate(confident).interval(0.95)
  // Of a share of 0.001 nothing comes true in 2000 rows once in seven times, of 0.0025 once in 150.
  expect(high).toBeGreaterThan(0.0015)
  expect(high).toBeLessThan(0.01)
  expect(low).toBe(0)
})

test('rows of a cluster that come true together are not so many rows', () => {
  // Twenty rows a cluster; what comes true is decided once for all of them.
  const clusters = { of: Int32Array.from({ length: 2000 }, (_, row) => Math.floor(row / 20)), count: 100 }
  const together = (random: () => number): View => {
    const rows = view(2000, random, () => 0)
    const draws = Array.from({ length: 100 }, () => random())
    return {
      ...rows,
      labels: Int32Array.from(rows.scores[0]!, (p, row) => (draws[clusters.of[row]!]! < p ? 1 : 0)),
    }
  }
  const broken = (grouped: boolean) =>
    shown((random) => estimate({ ...together(random), ...(grouped ? { clusters } : {}) }).above(0) <= ALPHA)
  expect(broken(false)).toBeGreaterThan(0.25)
  expect(broken(true)).toBeLessThanOrEqual(MOST)
})

test('a row of weight three is three rows of one cluster', () => {
  const one = view(3000, generator(4), (p) => p ** 1.3)
  const weights = Float64Array.from({ length: one.rows }, (_, row) => 1 + (row % 3))
  const from = [...weights].flatMap((weight, row) => Array.from({ length: weight }, () => row))
  const repeated: View = {
    ...one,
    rows: from.length,
    labels: Int32Array.from(from, (row) => one.labels[row]!),
    scores: [Float64Array.from(from, (row) => one.scores[0]![row]!)],
    clusters: { of: Int32Array.from(from), count: one.rows },
  }
  const [weighted, brute] = [estimate({ ...one, weights }), estimate(repeated)]
  expect(weighted.value).toBeCloseTo(brute.value, 12)
  expect(weighted.interval(0.95).low).toBeCloseTo(brute.interval(0.95).low, 3)
  expect(weighted.interval(0.95).high).toBeCloseTo(brute.interval(0.95).high, 3)
})

describe('two models', () => {
  test('that are wrong by as much, one in one place and one everywhere, are not told apart', () => {
    const worse = shown((random) => {
      const rows = view(5000, random, (p) => p)
      const score = rows.scores[0]!
      const binOf = (p: number) => Math.ceil(p * 15) - 1
      // The middle bin holds a twelfth of the rows: 0.24 there is 0.02 of all.
      const inOne = score.map((p) => (binOf(p) === 7 ? p + 0.24 : p))
      const everywhere = score.map((p) => p + (binOf(p) === binOf(p + 0.02) ? 0.02 : -0.02))
      return difference({ ...rows, scores: [inOne] }, { ...rows, scores: [everywhere] }).above(0.002) <= ALPHA
    })
    expect(worse).toBeLessThanOrEqual(MOST)
  })

  test('that agree on every row have no difference, and one far worse is shown to be', () => {
    const rows = view(5000, generator(2), (p) => p)
    expect(difference(rows, rows).interval(0.95)).toEqual({ low: 0, high: 0 })
    const bent = { ...rows, scores: [rows.scores[0]!.map((p) => p ** 2)] }
    expect(difference(bent, rows).above(0.05)).toBeLessThanOrEqual(ALPHA)
    expect(difference(rows, bent).below(-0.05)).toBeLessThanOrEqual(ALPHA)
  })
})
