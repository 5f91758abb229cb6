import { expect, test } from 'vitest'
import { metricOf } from '../../src/metrics/asked.js'
import type { Measured, View } from '../../src/metrics/metric.js'
import { generator } from '../world.js'
import { view } from './fixtures.js'

/** Share of runs in which the 95 % interval holds the truth. */
function holds(runs: number, truth: number, draw: () => Measured): number {
  let held = 0
  for (let run = 0; run < runs; run++) {
    const found = draw()
    if (found.state !== 'measured') continue
    const { low, high } = found.estimate.interval(0.95)
    if (low <= truth && truth <= high) held++
  }
  return held / runs
}

const random = generator(99)
const exponential = () => -Math.log(random())
const columnOf = (values: number[]) => view({ y: values.map(() => 1), scores: values })
const times = <T>(n: number, make: (i: number) => T): T[] => Array.from({ length: n }, (_, i) => make(i))

test.each([
  [100, 90],
  [200, 50],
  [1000, 95],
])('of %i rows the %ith percentile, and its paired difference of equal models', (n, percent) => {
  const metric = metricOf({ metric: `p${percent}`, column: 'column' })
  const truth = -Math.log(1 - percent / 100)
  expect(holds(400, truth, () => metric.measure(columnOf(times(n, exponential))))).toBeGreaterThan(0.92)
  const pair = () => {
    const shared = times(n, exponential)
    const [a, b] = [0, 1].map(() => columnOf(shared.map((part) => part + 0.3 * exponential())))
    return metric.compare(a!, b!)
  }
  const difference = holds(400, 0, pair)
  expect(difference).toBeGreaterThan(0.92)
  expect(difference).toBeLessThan(0.99)
})

test.each([
  ['calibration_slope', 1],
  ['calibration_intercept', 0],
])('%s of a calibrated model', (name, truth) => {
  const metric = metricOf({ metric: name })
  const share = holds(400, truth, () => {
    const scores = times(300, random)
    return metric.measure(view({ y: scores.map((score) => (random() < score ? 1 : 0)), scores }))
  })
  expect(share).toBeGreaterThan(0.92)
  expect(share).toBeLessThan(0.98)
})

test.each([2, 10])('%i groups of equal rates are shown to differ at most as often as alpha', (groups) => {
  const metric = metricOf({ metric: 'demographic_parity_difference', groups: 'g' })
  const words = times(groups, String)
  let shown = 0
  for (let run = 0; run < 400; run++) {
    const scores = times(150 * groups, () => (random() < 0.4 ? 0.9 : 0.1))
    const codes = Int32Array.from(scores, (_, i) => i % groups)
    const rows: View = {
      ...columnOf(scores),
      groupings: new Map([['g', { kind: 'word', codes, words }]]),
    }
    const found = metric.measure(rows)
    if (found.state === 'measured' && found.estimate.above(0) <= 0.05) shown++
  }
  // Two standard errors above 5 %.
  expect(shown / 400).toBeLessThan(0.072)
})

test('clusters in both groups of a gap count once', () => {
  const metric = metricOf({ metric: 'demographic_parity_difference', groups: 'g', minRows: 2 })
  const width = (clustered: boolean) => {
    const users = times(100, () => random() < 0.5)
    const scores = users.flatMap((one) => times(10, () => (one ? 0.9 : 0.1)))
    const rows: View = {
      ...columnOf(scores),
      groupings: new Map([
        [
          'g',
          {
            kind: 'word',
            codes: Int32Array.from(scores, (_, i) => Math.floor(i / 10) % 2),
            words: ['a', 'b'],
          },
        ],
      ]),
      ...(clustered && {
        clusters: { of: Int32Array.from(scores, (_, i) => Math.floor(i / 10)), count: 100 },
      }),
    }
    const found = metric.measure(rows)
    return found.state === 'measured' ? found.estimate.standardError : Number.NaN
  }
  // Ten equal rows a user: the error is that of a hundred users, √10 times that of a thousand rows.
  expect(width(true) / width(false)).toBeGreaterThan(2.9)
  expect(width(true) / width(false)).toBeLessThan(3.5)
})

test('users who are in both groups alike say nothing of a gap, and leave no error of it', () => {
  const metric = metricOf({ metric: 'demographic_parity_difference', groups: 'g', minRows: 2 })
  const scores = times(200, () => random() < 0.5).flatMap((one) => times(10, () => (one ? 0.9 : 0.1)))
  const rows: View = {
    ...columnOf(scores),
    groupings: new Map([
      ['g', { kind: 'word', codes: Int32Array.from(scores, (_, i) => i % 2), words: ['a', 'b'] }],
    ]),
  }
  const errorOf = (own: View) => {
    const found = metric.measure(own)
    return found.state === 'measured' ? found.estimate.standardError : Number.NaN
  }
  const of = Int32Array.from(scores, (_, i) => Math.floor(i / 10))
  expect(errorOf(rows)).toBeGreaterThan(0.01)
  expect(errorOf({ ...rows, clusters: { of, count: 200 } })).toBeLessThan(1e-8)
})

test('NDCG over fifty queries, and its difference of equal models', () => {
  const metric = metricOf({ metric: 'ndcg@3' })
  const draw = () =>
    view({
      targets: times(300, (i) => (i % 3 === 0 ? 1 : 0)),
      scores: times(300, random),
      queries: times(300, (i) => Math.floor(i / 6)),
    })
  const share = holds(400, 0, () => metric.compare(draw(), draw()))
  expect(share).toBeGreaterThan(0.92)
  expect(share).toBeLessThan(0.98)
})
