import { describe, expect, test } from 'vitest'
import { metricOf } from '../../src/metrics/asked.js'
import { type Measured, rowsOf, type View } from '../../src/metrics/metric.js'
import { generator } from '../world.js'

interface Pair {
  readonly candidate: View
  readonly champion: View
}

/** Rows of few different scores, so that many of them are alike. */
function rowsAtRandom(seed: number, options: { weights?: boolean; clusters?: boolean } = {}): Pair {
  const random = generator(seed)
  const rows = 400
  const pick = (count: number) => Float64Array.from({ length: rows }, () => Math.floor(random() * count))
  const labels = Int32Array.from({ length: rows }, () => (random() < 0.4 ? 1 : 0))
  const scores = (skill: number) =>
    Float64Array.from(labels, (label) => Math.round(8 * (skill * label + (1 - skill) * random())) / 8)
  const shared = {
    rows,
    labels,
    classes: ['0', '1'],
    threshold: 0.5,
    groupings: new Map([
      ['sex', { kind: 'word' as const, words: ['a', 'b'], codes: Int32Array.from(pick(2)) }],
    ]),
    ...(options.weights ? { weights: pick(4) } : {}),
    ...(options.clusters ? { clusters: { of: Int32Array.from(pick(30)), count: 30 } } : {}),
  }
  return {
    candidate: { ...shared, scores: [scores(0.5)] },
    champion: { ...shared, scores: [scores(0.4)] },
  }
}

/** One row for all that are alike in everything but their weight. */
function collapsed({ candidate, champion }: Pair): Pair {
  const groups = new Map<
    string,
    { row: number; rows: number; counted: number; weights: number; squares: number }
  >()
  for (let i = 0; i < candidate.rows; i++) {
    const key = [
      candidate.labels[i],
      candidate.scores[0]![i],
      champion.scores[0]![i],
      candidate.clusters?.of[i],
      candidate.groupings!.get('sex')!.codes[i],
    ].join()
    const group = groups.get(key) ?? { row: i, rows: 0, counted: 0, weights: 0, squares: 0 }
    const weight = candidate.weights?.[i] ?? 1
    group.rows++
    if (weight > 0) group.counted++
    group.weights += weight
    group.squares += weight * weight
    groups.set(key, group)
  }
  const all = [...groups.values()]
  const ofGroups = (view: View): View => ({
    ...view,
    rows: all.length,
    labels: Int32Array.from(all, ({ row }) => view.labels[row]!),
    scores: view.scores.map((column) => Float64Array.from(all, ({ row }) => column[row]!)),
    groupings: new Map(
      [...view.groupings!].map(([name, { codes, ...rest }]) => [
        name,
        { ...rest, codes: Int32Array.from(all, ({ row }) => codes[row]!) },
      ]),
    ),
    weights: Float64Array.from(all, (group) => group.weights),
    collapsed: {
      rows: Float64Array.from(all, (group) => group.rows),
      counted: Float64Array.from(all, (group) => group.counted),
      squares: Float64Array.from(all, (group) => group.squares),
      weighted: view.weights !== undefined,
    },
    ...(view.clusters === undefined
      ? {}
      : {
          clusters: { ...view.clusters, of: Int32Array.from(all, ({ row }) => view.clusters!.of[row]!) },
        }),
  })
  return { candidate: ofGroups(candidate), champion: ofGroups(champion) }
}

function numbers(found: Measured): Record<string, unknown> {
  if (found.state === 'undefined') return { because: found.because }
  const { estimate } = found
  const { low, high } = estimate.interval(0.95)
  return {
    method: estimate.method,
    value: estimate.value,
    low,
    high,
    below: estimate.below(0.5),
    above: estimate.above(0.5),
    weak: estimate.weak,
  }
}

const METRICS = [
  { metric: 'accuracy' },
  { metric: 'recall' },
  { metric: 'specificity' },
  { metric: 'precision' },
  { metric: 'f1' },
  { metric: 'f2' },
  { metric: 'balanced_accuracy' },
  { metric: 'mcc' },
  { metric: 'kappa' },
  { metric: 'auc' },
  { metric: 'average_precision' },
  { metric: 'demographic_parity_difference', groups: 'sex', minRows: 10 },
  { metric: 'equalized_odds_difference', groups: 'sex', minRows: 10 },
  { metric: 'accuracy_difference', groups: 'sex', minRows: 10 },
]

describe.each([
  ['rows', {}],
  ['weights', { weights: true }],
  ['clusters', { clusters: true }],
  ['weights and clusters', { weights: true, clusters: true }],
])('groups of rows say what the rows do: %s', (_, options) => {
  test.each(METRICS)('$metric', (asked) => {
    const metric = metricOf(asked)
    for (let seed = 1; seed <= 5; seed++) {
      const rows = rowsAtRandom(seed, options)
      const groups = collapsed(rows)
      expect(groups.candidate.rows).toBeLessThan(rows.candidate.rows)
      expect(rowsOf(groups.candidate)).toBe(rows.candidate.rows)
      const pairs = [
        [metric.measure(rows.candidate), metric.measure(groups.candidate)],
        [metric.compare(rows.candidate, rows.champion), metric.compare(groups.candidate, groups.champion)],
      ] as const
      for (const [ours, theirs] of pairs) {
        const [expected, found] = [numbers(ours), numbers(theirs)]
        for (const [name, value] of Object.entries(expected)) {
          if (typeof value !== 'number') expect(found[name], name).toEqual(value)
          else expect(found[name], name).toSatisfy((x: number) => close(x, value))
        }
      }
    }
  })
})

function close(a: number, b: number): boolean {
  return Object.is(a, b) || Math.abs(a - b) <= 1e-12 * Math.max(1, Math.abs(b))
}
