import { METRICS } from '@sluice/evaluation'
import { normalCdf, normalDensity } from '@sluice/statistics'
import { Random } from './random.js'

/** How far the share of positives lies from the score, and so what the calibration error is of. */
export const MISCALIBRATIONS = {
  none: (p) => p,
  'slope 1.1': (p) => logistic(logit(p) / 1.1),
  'slope 1.3': (p) => logistic(logit(p) / 1.3),
  'slope 2': (p) => logistic(logit(p) / 2),
  'each bin by 0.02, up and down': (p) => clamped(p + (binOf(p) % 2 === 0 ? 0.02 : -0.02)),
  'one bin by 0.3': (p) => clamped(p + (binOf(p) === 6 ? 0.3 : 0)),
  'half of what it says': (p) => p / 2,
} as const satisfies Record<string, (p: number) => number>
export type Miscalibration = keyof typeof MISCALIBRATIONS

/** Scores are the logistic of a normal variable, with these mean and deviation. */
export const SCORES = {
  'three in ten positive': [-1, 1.5],
  'one in a hundred positive': [-5.2, 1.2],
} as const satisfies Record<string, readonly [number, number]>

export interface Calibration {
  readonly scores: keyof typeof SCORES
  readonly wrong: Miscalibration
  readonly rows: number
  readonly clustered: boolean
  readonly runs: number
  readonly truth: number
  /** Means over the runs. */
  readonly value: number
  readonly low: number
  readonly high: number
  /** Runs in which the truth lies below the lower, or above the upper bound. */
  readonly below: number
  readonly above: number
}

const BINS = 15
const CLUSTER = 20
/** Share of the noise that the rows of a cluster have in common. */
const SHARED = 0.3

/** The 95 % interval of `ece` against the truth. */
export function calibration(
  { scores, wrong, rows, clustered }: Pick<Calibration, 'scores' | 'wrong' | 'rows' | 'clustered'>,
  runs: number,
  seed: number,
): Calibration {
  const random = new Random(seed)
  const truth = truthOf(scores, wrong)
  const [mean, deviation] = SCORES[scores]
  const found = { value: 0, low: 0, high: 0, below: 0, above: 0 }
  const of = Int32Array.from({ length: rows }, (_, row) => Math.floor(row / CLUSTER))
  const clusters = { of, count: Math.ceil(rows / CLUSTER) }
  for (let run = 0; run < runs; run++) {
    const [labels, score] = [new Int32Array(rows), new Float64Array(rows)]
    let common: readonly [number, number] = [0, 0]
    for (let row = 0; row < rows; row++) {
      if (clustered && row % CLUSTER === 0) common = [random.normal(), random.normal()]
      const noise = (shared: number) =>
        clustered ? Math.sqrt(SHARED) * shared + Math.sqrt(1 - SHARED) * random.normal() : random.normal()
      score[row] = logistic(mean + deviation * noise(common[0]))
      labels[row] = normalCdf(noise(common[1])) < MISCALIBRATIONS[wrong](score[row]!) ? 1 : 0
    }
    const view = { rows, labels, scores: [score], classes: ['0', '1'], threshold: 0.5 }
    const one = METRICS.ece.measure(clustered ? { ...view, clusters } : view)
    if (one.state === 'undefined') throw new Error(one.because)
    const { high, low } = one.estimate.interval(0.95)
    found.value += one.estimate.value / runs
    found.low += low / runs
    found.high += high / runs
    if (truth < low - 1e-9) found.below++
    if (truth > high + 1e-9) found.above++
  }
  return { scores, wrong, rows, clustered, runs, truth, ...found }
}

/** By a sum over fine cells of the normal variable. */
function truthOf(scores: keyof typeof SCORES, wrong: Miscalibration): number {
  const [mean, deviation] = SCORES[scores]
  const gaps = new Float64Array(BINS)
  const width = 1e-4
  for (let z = -9; z <= 9; z += width) {
    const p = logistic(mean + deviation * z)
    gaps[binOf(p)]! += normalDensity(z) * width * (p - MISCALIBRATIONS[wrong](p))
  }
  return gaps.reduce((sum, gap) => sum + Math.abs(gap), 0)
}

function binOf(p: number): number {
  return Math.max(0, Math.ceil(p * BINS) - 1)
}

function logit(p: number): number {
  return Math.log(p / (1 - p))
}

function logistic(x: number): number {
  return 1 / (1 + Math.exp(-x))
}

function clamped(p: number): number {
  return Math.min(1, Math.max(0, p))
}
