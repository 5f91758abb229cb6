import { type DataPolicy, judgeDrift, type Table } from '@sluice/evaluation'
import { normalCdf, normalQuantile } from '@sluice/statistics'
import { Random } from './random.js'

export const DRIFT_MEASURES = ['psi', 'js', 'cramers_v', 'ks', 'wasserstein'] as const
export type DriftMeasure = (typeof DRIFT_MEASURES)[number]

export interface DriftCoverage {
  readonly measure: DriftMeasure
  /** Of either side. */
  readonly rows: number
  /** Of the mean, in standard deviations. */
  readonly shift: number
  readonly clustered: boolean
  readonly runs: number
  readonly truth: number
  /** Means over the runs. */
  readonly raw: number
  readonly value: number
  readonly low: number
  readonly high: number
  /** Runs in which the truth lies below the lower, or above the upper bound. */
  readonly below: number
  readonly above: number
}

const BINS = 10
const CLUSTER = 10
/** Share of the noise that the rows of a cluster have in common. */
const SHARED = 0.3

/** The 95 % interval of a measure of drift between two normal populations, against the truth. */
export function driftCoverage(
  { measure, rows, shift, clustered }: Pick<DriftCoverage, 'measure' | 'rows' | 'shift' | 'clustered'>,
  runs: number,
  seed: number,
): DriftCoverage {
  const random = new Random(seed)
  const truth = truthOf(measure, shift)
  const rule: DataPolicy['drift'][number] = {
    columns: ['x'],
    measure,
    atMost: 1,
    bins: BINS,
    undecided: 'inconclusive',
    ...(clustered ? { cluster: 'user' } : {}),
  }
  const found = { raw: 0, value: 0, low: 0, high: 0, below: 0, above: 0 }
  for (let run = 0; run < runs; run++) {
    const [reference, current] = [normal(rows, 0, clustered, random), normal(rows, shift, clustered, random)]
    const [outcome] = judgeDrift(reference, current, { alpha: 0.025, drift: [rule] }, usersOf(rows))
    const shown = outcome?.shown
    if (shown === undefined) throw new Error(outcome?.because)
    found.raw += shown.raw / runs
    found.value += shown.value / runs
    found.low += shown.low / runs
    found.high += shown.high / runs
    if (truth < shown.low - 1e-9) found.below++
    if (truth > shown.high + 1e-9) found.above++
  }
  return { measure, rows, shift, clustered, runs, truth, ...found }
}

function normal(rows: number, shift: number, clustered: boolean, random: Random): Table {
  const numbers = new Float64Array(rows)
  let common = 0
  for (let row = 0; row < rows; row++) {
    if (clustered && row % CLUSTER === 0) common = Math.sqrt(SHARED) * random.normal()
    numbers[row] = shift + common + Math.sqrt(clustered ? 1 - SHARED : 1) * random.normal()
  }
  const readable = { integer: 0, number: rows, boolean: 0, date: 0 }
  return { rows, columns: new Map([['x', { kind: 'any', numbers, missing: 0, infinite: 0, readable }]]) }
}

function usersOf(rows: number): { readonly reference: Table; readonly current: Table } {
  const codes = Int32Array.from({ length: rows }, (_, row) => Math.floor(row / CLUSTER))
  const words = Array.from({ length: Math.ceil(rows / CLUSTER) }, (_, user) => `u${user}`)
  const table: Table = { rows, columns: new Map([['user', { kind: 'word', codes, words }]]) }
  return { reference: table, current: table }
}

/** Of N(0, 1) against N(shift, 1): in closed form, or in deciles of the first. */
function truthOf(measure: DriftMeasure, shift: number): number {
  if (measure === 'wasserstein') return shift
  if (measure === 'ks') return Math.max(0, 2 * normalCdf(shift / 2) - 1)
  const edges = Array.from({ length: BINS + 1 }, (_, i) => normalQuantile(i / BINS))
  let sum = 0
  for (let bin = 0; bin < BINS; bin++) {
    const q = 1 / BINS
    const p = normalCdf(edges[bin + 1]! - shift) - normalCdf(edges[bin]! - shift)
    const middle = (p + q) / 2
    if (measure === 'psi') sum += (p - q) * Math.log(p / q)
    if (measure === 'js') sum += (p * Math.log2(p / middle) + q * Math.log2(q / middle)) / 2
    if (measure === 'cramers_v') sum += (p - q) ** 2 / middle / 4
  }
  return measure === 'psi' ? sum : Math.sqrt(Math.max(0, sum))
}
