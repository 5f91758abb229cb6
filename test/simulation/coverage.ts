import { METRICS, type MetricName, plannedWith } from '@sluice/evaluation'
import { detectableEffect } from '@sluice/statistics'
import { sample, truth, type World } from './binormal.js'
import { Random } from './random.js'

export const ALPHA = 0.025
export const POWER = 0.8
/** A gate's own floors: below, it decides nothing (`minRows`, `minPerClass`). */
const ROWS = 100
const PER_CLASS = 10

export const METRIC_NAMES = [
  'auc',
  'average_precision',
  'log_loss',
  'brier',
  'accuracy',
  'recall',
  'precision',
  'f1',
  'ece',
] as const satisfies readonly MetricName[]

const BASE = { prevalence: 0.3, skill: 1.5, slope: 1, shared: 0.6 } as const

export const WORLDS: readonly World[] = [
  { ...BASE, name: '200 rows', rows: 200 },
  { ...BASE, name: '500 rows, 10 % positive', rows: 500, prevalence: 0.1, skill: 2.1 },
  { ...BASE, name: '500 rows, scores tied', rows: 500, cells: 0.5 },
  { ...BASE, name: '2 000 rows', rows: 2000, slope: 1.3 },
  { ...BASE, name: '2 000 rows, 1 % positive', rows: 2000, prevalence: 0.01, skill: 2.1 },
  {
    ...BASE,
    name: '2 000 rows in 100 clusters',
    rows: 2000,
    slope: 1.3,
    clusters: { size: 20, share: 0.3 },
  },
  { ...BASE, name: '10 000 rows', rows: 10_000, slope: 1.3 },
  { ...BASE, name: '10 000 rows, 1 % positive', rows: 10_000, prevalence: 0.01, skill: 2.1 },
  { ...BASE, name: '100 000 rows', rows: 100_000, slope: 1.3 },
]

/** What came of one metric in one world, as counts of `runs`. */
export interface Coverage {
  readonly world: World
  readonly metric: MetricName
  readonly tried: number
  /** Runs in which the metric was defined and the gate would have decided. */
  readonly runs: number
  /** The 95 % interval of one model's value holds the truth. */
  readonly covers: number
  /** That of the difference of two equal models holds 0. */
  readonly coversDifference: number
  /** An equal candidate is shown worse. */
  readonly blocked: number
  /** An equal candidate is shown to lose less than the margin planned for these rows. */
  readonly passed: number
}

/** Equal models, over and over. @param runs by metric; 0 leaves it out */
export function coverage(world: World, runs: (metric: MetricName) => number, seed: number): Coverage[] {
  const truths = truth(world)
  const margins = plannedMargins(world, seed)
  return METRIC_NAMES.filter((name) => runs(name) > 0 && world.rows >= (METRICS[name].minRows ?? ROWS)).map(
    (name) => {
      // Each metric sees the same rows, so that one does not look luckier than another.
      const random = new Random(seed)
      const metric = METRICS[name]
      const counts = { runs: 0, covers: 0, coversDifference: 0, blocked: 0, passed: 0 }
      for (let run = 0; run < runs(name); run++) {
        const { candidate, champion } = sample(world, random)
        if (rarer(candidate.labels) < PER_CLASS) continue
        const own = metric.measure(candidate)
        const both = metric.compare(candidate, champion)
        if (own.state === 'undefined' || both.state === 'undefined') continue
        if (own.estimate.weak !== undefined || both.estimate.weak !== undefined) continue
        counts.runs++
        const single = own.estimate.interval(1 - 2 * ALPHA)
        if (single.low <= truths[name]! && truths[name]! <= single.high) counts.covers++
        const { low, high } = both.estimate.interval(1 - 2 * ALPHA)
        if (low <= 0 && 0 <= high) counts.coversDifference++
        const worse = metric.better === 'higher' ? both.estimate.below(0) : both.estimate.above(0)
        if (worse <= ALPHA) counts.blocked++
        const loss = metric.better === 'higher' ? -low : high
        if (loss <= margins[name]!) counts.passed++
      }
      return { world, metric: name, tried: runs(name), ...counts }
    },
  )
}

/** For each metric the margin that an equal candidate is planned to keep with the planned power. */
function plannedMargins(world: World, seed: number): Record<string, number> {
  const rows = 200_000
  const { candidate, champion } = sample({ ...world, rows }, new Random(seed + 1))
  return Object.fromEntries(
    METRIC_NAMES.map((name) => {
      const found = METRICS[name].compare(candidate, champion)
      if (found.state === 'undefined') return [name, Number.NaN]
      return [
        name,
        detectableEffect(world.rows, { ...plannedWith(found.estimate, rows), alpha: ALPHA, power: POWER }),
      ]
    }),
  )
}

function rarer(labels: Int32Array): number {
  const positives = labels.reduce((sum, label) => sum + label, 0)
  return Math.min(positives, labels.length - positives)
}
