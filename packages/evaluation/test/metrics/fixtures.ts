import { readFileSync } from 'node:fs'
import type { Measured, View } from '../../src/metrics/metric.js'

/** A table and what scikit-learn makes of it; null where it is to be undefined. */
export interface Fixture {
  name: string
  y?: number[]
  targets?: number[]
  truths?: number[][]
  scores: number[] | number[][]
  classes?: number
  quantiles?: number[]
  queries?: number[]
  weights?: number[]
  expected: Record<string, number | null | 'skip'>
}

export const fixtures = JSON.parse(
  readFileSync(
    process.env['METRIC_FIXTURES'] ?? new URL('../fixtures/metrics.json', import.meta.url),
    'utf8',
  ),
) as Record<string, Fixture[]>

/** Rows as a metric sees them; the first column of scores is also the named column `column`. */
export function view(fixture: Omit<Fixture, 'name' | 'expected'>): View {
  const { y, targets, truths, scores, classes = 2, quantiles, queries, weights } = fixture
  const columns = (typeof scores[0] === 'number' ? [scores] : scores) as number[][]
  const rows = (y ?? targets ?? truths![0]!).length
  const groups =
    queries === undefined ? undefined : { of: Int32Array.from(queries), count: new Set(queries).size }
  return {
    rows,
    labels: Int32Array.from(y ?? new Array<number>(rows).fill(0)),
    scores: columns.map((column) => Float64Array.from(column)),
    classes: Array.from({ length: classes }, (_, c) => String(c)),
    threshold: 0.5,
    columns: new Map([['column', Float64Array.from(columns[0]!)]]),
    ...(targets && { targets: Float64Array.from(targets) }),
    ...(truths && { truths: truths.map((column) => Int32Array.from(column)) }),
    ...(quantiles && { quantiles }),
    ...(weights && { weights: Float64Array.from(weights) }),
    ...(groups && { queries: groups, clusters: groups }),
  }
}

export function numberOf(measured: Measured): number | null {
  return measured.state === 'measured' ? measured.estimate.value : null
}
