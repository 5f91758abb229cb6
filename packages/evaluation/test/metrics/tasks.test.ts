import { describe, expect, test } from 'vitest'
import { metricOf } from '../../src/metrics/asked.js'
import type { Metric, View } from '../../src/metrics/metric.js'
import { generator } from '../world.js'
import { numberOf, view } from './fixtures.js'

const N = 240

/** One world a task: scores that see the truth through noise. */
function worlds(seed: number): Record<string, View> {
  const random = generator(seed)
  const truth = generator(5)
  const targets = Array.from({ length: N }, () => 1 + 4 * truth())
  const noisy = targets.map((target) => target + random() - 0.4)
  const truths = Array.from({ length: 3 }, () => Array.from({ length: N }, () => (truth() < 0.4 ? 1 : 0)))
  return {
    regression: view({ targets, scores: noisy }),
    forecasting: view({
      targets,
      quantiles: [0.1, 0.5, 0.9],
      scores: [-0.5, 0, 0.5].map((shift) => noisy.map((score) => score + shift * score)),
    }),
    multilabel: view({
      truths,
      classes: 3,
      scores: truths.map((column) => column.map((one) => 0.6 * random() + 0.4 * one)),
    }),
    ranking: view({
      targets: targets.map((target) => (target > 3 ? Math.floor(target) - 2 : 0)),
      scores: noisy,
      queries: targets.map((_, i) => Math.floor(i / 4)),
    }),
    binary: view({ y: targets.map((target) => (target > 3 ? 1 : 0)), scores: noisy.map((x) => x / 6) }),
  }
}

const ASKED: Record<string, readonly string[]> = {
  regression: ['mae', 'mse', 'rmse', 'mean_error', 'r2', 'mape', 'wape', 'smape', 'rmsle', 'mase', 'mean'],
  forecasting: ['pinball', 'pinball@0.9', 'crps', 'coverage', 'interval_width', 'mae'],
  multilabel: [
    'subset_accuracy',
    'hamming_loss',
    'samples_f1',
    'micro_f1',
    'micro_precision',
    'micro_recall',
    'multilabel_macro_f1',
    'multilabel_macro_auc',
    'multilabel_macro_average_precision',
    'lrap',
  ],
  ranking: ['ndcg', 'ndcg@3', 'ndcg_exp', 'mrr', 'map', 'map@2', 'recall@2', 'precision@2'],
  binary: [
    'calibration_slope',
    'calibration_intercept',
    'kappa',
    'mcc',
    'auc',
    'f1',
    'f2',
    'accuracy',
    'log_loss',
  ],
}

const CASES = Object.entries(ASKED).flatMap(([task, names]) =>
  names.map((metric): [string, string, Metric] => [task, metric, metricOf({ metric, column: 'column' })]),
)
const rows = worlds(11)
const others = worlds(77)

/** The rows at these places; a query is renumbered. */
function pick(whole: View, places: readonly number[], weights?: readonly number[]): View {
  const floats = (values: Float64Array) => Float64Array.from(places, (i) => values[i]!)
  const whole32 = (values: Int32Array) => Int32Array.from(places, (i) => values[i]!)
  const queries =
    whole.queries === undefined ? undefined : { of: whole32(whole.queries.of), count: whole.queries.count }
  return {
    ...whole,
    rows: places.length,
    labels: whole32(whole.labels),
    scores: whole.scores.map(floats),
    columns: new Map([...whole.columns!].map(([name, values]) => [name, floats(values)])),
    ...(whole.targets && { targets: floats(whole.targets) }),
    ...(whole.truths && { truths: whole.truths.map(whole32) }),
    ...(queries && { queries, clusters: queries }),
    ...(weights && { weights: Float64Array.from(weights) }),
  }
}

const all = Array.from({ length: N }, (_, i) => i)

describe.each(CASES)('%s: %s', (task, _, metric) => {
  const whole = rows[task]!
  const unit = task === 'ranking' ? 4 : 1

  test('the error is that of the jackknife over what is independent', () => {
    const measured = metric.measure(whole)
    if (measured.state !== 'measured') return expect.fail(measured.because)
    const left = Array.from({ length: N / unit }, (_, k) => {
      const kept = all.filter((i) => Math.floor(i / unit) !== k)
      const part = pick(whole, kept)
      const queries = part.queries && {
        of: part.queries.of.map((q) => (q > k ? q - 1 : q)),
        count: N / unit - 1,
      }
      return numberOf(metric.measure({ ...part, ...(queries && { queries, clusters: queries }) }))!
    })
    const mean = left.reduce((sum, x) => sum + x, 0) / left.length
    const squares = left.reduce((sum, x) => sum + (x - mean) ** 2, 0)
    const jackknife = Math.sqrt((squares * (left.length - 1)) / left.length)
    expect(measured.estimate.standardError / jackknife).toBeGreaterThan(0.9)
    expect(measured.estimate.standardError / jackknife).toBeLessThan(1.1)
  })

  test('a permutation of the rows changes nothing', () => {
    const shuffled = [...all].sort((a, b) => ((a * 7919) % 241) - ((b * 7919) % 241))
    expect(numberOf(metric.measure(pick(whole, shuffled)))).toBeCloseTo(numberOf(metric.measure(whole))!, 12)
  })

  test('a whole weight is as many copies, and a weight of 0 no row', () => {
    const random = generator(3)
    const counts = Array.from({ length: N / unit }, () => Math.floor(3 * random()))
    const weights = all.map((i) => counts[Math.floor(i / unit)]!)
    const weighted = numberOf(metric.measure(pick(whole, all, weights)))
    const copies: number[] = []
    const of: number[] = []
    for (const [k, count] of counts.entries())
      for (let copy = 0; copy < count; copy++) {
        for (let i = 0; i < unit; i++) {
          copies.push(k * unit + i)
          of.push(copies.length > 0 ? Math.floor((copies.length - 1) / unit) : 0)
        }
      }
    const queries = whole.queries && { of: Int32Array.from(of), count: copies.length / unit }
    const copied = { ...pick(whole, copies), ...(queries && { queries, clusters: queries }) }
    expect(weighted).toBeCloseTo(numberOf(metric.measure(copied))!, 10)
  })

  test('equal weights are no weights', () => {
    const same = metric.measure(
      pick(
        whole,
        all,
        all.map(() => 2.5),
      ),
    )
    const plain = metric.measure(whole)
    if (same.state !== 'measured' || plain.state !== 'measured') return expect.fail('undefined')
    expect(same.estimate.value).toBeCloseTo(plain.estimate.value, 12)
    expect(same.estimate.standardError / plain.estimate.standardError).toBeCloseTo(1, 1)
  })

  test('swapping the models negates the difference', () => {
    if (metric.boundsOnly !== undefined) return
    const there = metric.compare(whole, others[task]!)
    const back = metric.compare(others[task]!, whole)
    if (there.state !== 'measured' || back.state !== 'measured') return expect.fail('undefined')
    expect(back.estimate.value).toBeCloseTo(-there.estimate.value, 12)
    expect(back.estimate.interval(0.95).low).toBeCloseTo(-there.estimate.interval(0.95).high, 9)
  })
})

test('the other label as positive turns AUC into 1 − AUC, and a rising transform leaves it', () => {
  const auc = metricOf({ metric: 'auc' })
  const { binary } = rows
  const plain = numberOf(auc.measure(binary!))!
  expect(numberOf(auc.measure({ ...binary!, labels: binary!.labels.map((label) => 1 - label) }))).toBeCloseTo(
    1 - plain,
    13,
  )
  const cubed = { ...binary!, scores: [binary!.scores[0]!.map((score) => score ** 3 + 2)] }
  expect(numberOf(auc.measure(cubed))).toBe(plain)
})

test('a model recalibrated by its own slope and intercept needs no recalibration', () => {
  const { binary } = rows
  const logit = (p: number) => Math.log(p / (1 - p))
  const own = { ...binary!, scores: [binary!.scores[0]!.map((p) => Math.min(0.98, Math.max(0.02, p)))] }
  const slope = numberOf(metricOf({ metric: 'calibration_slope' }).measure(own))!
  expect(slope).not.toBeCloseTo(1, 1)
  const stretched = { ...own, scores: [own.scores[0]!.map((p) => 1 / (1 + Math.exp(-slope * logit(p))))] }
  expect(numberOf(metricOf({ metric: 'calibration_slope' }).measure(stretched))).toBeCloseTo(1, 9)
})

test('a slope that no finite number is, is undefined', () => {
  const cut = view({ y: [0, 0, 1, 1], scores: [0.1, 0.2, 0.8, 0.9] })
  expect(metricOf({ metric: 'calibration_slope' }).measure(cut)).toMatchObject({ state: 'undefined' })
})
