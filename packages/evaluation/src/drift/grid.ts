import { type Distribution, resampleCounts } from '@sluice/statistics'

/** Quantiles of each sample at which distribution functions are compared when resampled; the measure itself takes all. */
const POINTS = 250

/** F − G at common points, and how replicates differ from it, at `replicate * points + point`. */
export interface Replicates {
  readonly differences: Float64Array
  readonly errors: Float64Array
}

/** The two distributions between common points. */
export interface Grid {
  /** @param n, m rows that each sample counts for */
  replicates(count: number, n: number, m: number, seed: number): Replicates
}

export function gridOf(a: Distribution, b: Distribution): Grid {
  const pooled = Float64Array.of(...quantilesOf(a), ...quantilesOf(b)).sort()
  const points = pooled.filter((value, i) => i === 0 || value !== pooled[i - 1])
  const [ours, theirs] = [partsOf(a, points), partsOf(b, points)]
  return {
    replicates(count, n, m, seed) {
      const errors = new Float64Array(count * points.length)
      const differences = new Float64Array(points.length)
      differ(ours, theirs, (difference, point) => {
        differences[point] = difference
      })
      const [expectedOurs, expectedTheirs] = [ours.map((part) => part * n), theirs.map((part) => part * m)]
      const [drawnOurs, drawnTheirs] = [new Float64Array(points.length), new Float64Array(points.length)]
      for (let replicate = 0; replicate < count; replicate++) {
        resampleCounts(expectedOurs, seed, replicate, drawnOurs)
        resampleCounts(expectedTheirs, seed + 1, replicate, drawnTheirs)
        differ(drawnOurs, drawnTheirs, (difference, point) => {
          errors[replicate * points.length + point] = difference - differences[point]!
        })
      }
      return { differences, errors }
    },
  }
}

function differ(a: Float64Array, b: Float64Array, visit: (difference: number, point: number) => void): void {
  const [ofA, ofB] = [sum(a), sum(b)]
  let [below, belowOther] = [0, 0]
  for (let point = 0; point < a.length; point++) {
    below += a[point]!
    belowOther += b[point]!
    // A replicate that drew no row of one side knows nothing of it.
    visit((ofA > 0 ? below / ofA : 0) - (ofB > 0 ? belowOther / ofB : 0), point)
  }
}

function quantilesOf({ at }: Distribution): number[] {
  if (at.length <= POINTS) return [...at]
  return Array.from({ length: POINTS }, (_, i) => at[Math.round((i / (POINTS - 1)) * (at.length - 1))]!)
}

/** Share of the weight up to each point and over the one before. */
function partsOf({ at, share }: Distribution, points: Float64Array): Float64Array {
  const parts = new Float64Array(points.length)
  let point = 0
  for (let i = 0; i < at.length; i++) {
    while (point < points.length - 1 && at[i]! > points[point]!) point++
    parts[point]! += share[i]! - (share[i - 1] ?? 0)
  }
  return parts
}

function sum(values: Float64Array): number {
  let total = 0
  for (const value of values) total += value
  return total
}
