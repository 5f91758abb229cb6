import { describe, expect, test } from 'vitest'
import { metricOf } from '../../src/metrics/asked.js'
import type { View } from '../../src/metrics/metric.js'
import { METRICS } from '../../src/metrics/metrics.js'
import { type Fixture, fixtures, numberOf, view } from './fixtures.js'

/** AUC has a value but no error with a single row of a class, by its effective number; the gate calls that undefined too. */
function tooFewForAnError(metric: string, { classes, labels, truths, weights }: View): boolean {
  if (!metric.endsWith('auc')) return false
  const effective = (own: Int32Array, target: number) => {
    const found = [...own.keys()].filter((i) => own[i] === target).map((i) => weights?.[i] ?? 1)
    const sum = found.reduce((total, weight) => total + weight, 0)
    return found.length === 0 ? 0 : sum ** 2 / found.reduce((total, weight) => total + weight ** 2, 0)
  }
  const counts = truths
    ? truths.flatMap((truth) => [effective(truth, 0), effective(truth, 1)])
    : classes.map((_, c) => effective(labels, c))
  return Math.min(...counts) < 2
}

describe.each(Object.keys(fixtures))('%s metrics agree with scikit-learn', (task) => {
  test.each(fixtures[task] as Fixture[])('$name', (fixture) => {
    const rows = view(fixture)
    for (const [name, expected] of Object.entries(fixture.expected)) {
      if (expected === 'skip') continue
      const metric = metricOf({ metric: name, column: 'column' })
      const value = numberOf(metric.measure(rows))
      if (expected === null || tooFewForAnError(name, rows)) expect(value, name).toBeNull()
      else
        expect(Math.abs(value! - expected), name).toBeLessThanOrEqual(1e-12 * Math.max(1, Math.abs(expected)))
    }
  })
})

/** Metrics of one class a row. */
const CLASSES = Object.values(METRICS).filter(
  ({ tasks }) => tasks.includes('binary') || tasks.includes('multiclass'),
)

describe('what one row moves', () => {
  const rows = view(synthetic(400, 2))
  const many = view(synthetic(400, 4))

  // Leaving row k out moves the value by −ψ_k, up to terms of second order: so the error is the jackknife's.
  test.each(CLASSES.filter((metric) => metric.name !== 'ece'))(
    '$name: the error is that of the jackknife',
    (metric) => {
      const whole = !metric.tasks.includes('binary') ? many : rows
      const measured = metric.measure(whole)
      if (measured.state !== 'measured') return expect.fail(measured.because)
      const left = Array.from({ length: whole.rows }, (_, k) => numberOf(metric.measure(without(whole, k)))!)
      const mean = left.reduce((sum, x) => sum + x, 0) / left.length
      const squares = left.reduce((sum, x) => sum + (x - mean) ** 2, 0)
      const jackknife = Math.sqrt((squares * (left.length - 1)) / left.length)
      expect(measured.estimate.standardError / jackknife).toBeGreaterThan(0.95)
      expect(measured.estimate.standardError / jackknife).toBeLessThan(1.05)
    },
  )

  test.each(CLASSES)('$name: swapping the models negates the difference', (metric) => {
    const [a, b] = !metric.tasks.includes('binary')
      ? [many, view({ ...synthetic(400, 4, 77), y: [...many.labels] })]
      : [rows, view({ ...synthetic(400, 2, 77), y: [...rows.labels] })]
    const there = metric.compare(a, b)
    const back = metric.compare(b, a)
    if (there.state !== 'measured' || back.state !== 'measured') return expect.fail('undefined')
    expect(back.estimate.value).toBeCloseTo(-there.estimate.value, 13)
    expect(back.estimate.interval(0.95).low).toBeCloseTo(-there.estimate.interval(0.95).high, 9)
    expect(back.estimate.above(0.01)).toBeCloseTo(there.estimate.below(-0.01), 9)
  })

  test.each(CLASSES)('$name: a model compared with itself differs by nothing', (metric) => {
    const own = !metric.tasks.includes('binary') ? many : rows
    const same = metric.compare(own, own)
    if (same.state !== 'measured') return expect.fail(same.because)
    expect(same.estimate.value).toBe(0)
    expect(same.estimate.below(0)).toBeGreaterThan(0.4)
  })

  test.each(CLASSES)('$name: ten copies of every row, clustered, say no more than one', (metric) => {
    const own = !metric.tasks.includes('binary') ? many : rows
    if (metric.name === 'ece') return
    const copies = view({
      y: [...own.labels].flatMap((y) => Array.from({ length: 10 }, () => y)),
      scores: own.scores.map((column) => [...column].flatMap((s) => Array.from({ length: 10 }, () => s))),
      classes: own.classes.length,
    })
    const of = Int32Array.from({ length: own.rows * 10 }, (_, i) => Math.floor(i / 10))
    const clustered = metric.measure({ ...copies, clusters: { of, count: own.rows } })
    const plain = metric.measure(own)
    if (clustered.state !== 'measured' || plain.state !== 'measured') return expect.fail('undefined')
    expect(clustered.estimate.standardError / plain.estimate.standardError).toBeGreaterThan(0.98)
    expect(clustered.estimate.standardError / plain.estimate.standardError).toBeLessThan(1.02)
  })
})

// Rows beyond two thousand count as random groups; the spread must stay that of single rows.
test('the calibration error spreads as 1/√n, grouped or not', () => {
  const spread = (n: number) => {
    const found = METRICS.ece.measure(view(synthetic(n, 2, 31)))
    return found.state === 'measured' ? found.estimate.standardError : Number.NaN
  }
  const ratio = spread(1900) / spread(19_000)
  expect(ratio / Math.sqrt(10)).toBeGreaterThan(0.85)
  expect(ratio / Math.sqrt(10)).toBeLessThan(1.15)
})

test('the methods that a verdict names', () => {
  const rows = view(synthetic(50, 2))
  const methods = Object.fromEntries(
    (['auc', 'accuracy', 'log_loss', 'f1', 'ece'] as const).map((name) => {
      const found = METRICS[name].compare(rows, view({ ...synthetic(50, 2, 5), y: [...rows.labels] }))
      return [name, found.state === 'measured' ? found.estimate.method : found.because]
    }),
  )
  expect(methods).toEqual({
    auc: 'DeLong, paired',
    accuracy: 'Tango score, paired',
    log_loss: 'Student t, paired',
    f1: 'delta method, Student t, paired',
    ece: 'bounds of a difference of sums of absolute gaps, paired',
  })
})

function without(whole: View, k: number): View {
  const keep = (_: number, i: number) => i !== k
  return {
    ...whole,
    rows: whole.rows - 1,
    labels: whole.labels.filter(keep),
    scores: whole.scores.map((column) => column.filter(keep)),
  }
}

/** Rows of a model that is right more often than not, from a fixed generator. */
function synthetic(
  n: number,
  classes: number,
  seed = 3,
): { y: number[]; scores: number[] | number[][]; classes: number } {
  let state = seed
  const random = () => {
    state = (state * 48271) % 2147483647
    return state / 2147483647
  }
  const y = Array.from({ length: n }, (_, i) => i % classes)
  if (classes === 2) return { y, scores: y.map((label) => 0.7 * random() + 0.3 * label * random()), classes }
  const raw = y.map((label) => Array.from({ length: classes }, (_, c) => random() + (c === label ? 0.5 : 0)))
  const scores = Array.from({ length: classes }, (_, c) =>
    raw.map((row) => row[c]! / row.reduce((sum, x) => sum + x, 0)),
  )
  return { y, scores, classes }
}
