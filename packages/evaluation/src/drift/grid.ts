/** Points at which two samples' distribution functions are compared when resampled; the measure itself takes all. */
const POINTS = 500

/** Two samples in cells between common points. */
export interface Grid {
  readonly reference: Float64Array
  readonly current: Float64Array
  /** Largest distance of the distribution functions at the points. */
  largest(reference: Float64Array, current: Float64Array): number
  /** ∫|F − G| by the points' distances. */
  area(reference: Float64Array, current: Float64Array): number
}

/** @param a, b rising, not empty */
export function gridOf(a: Float64Array, b: Float64Array): Grid {
  const pooled = Float64Array.of(...quantilesOf(a), ...quantilesOf(b)).sort()
  const points = pooled.filter((value, i) => i === 0 || value !== pooled[i - 1])
  const widths = points.map((value, i) => (i + 1 < points.length ? points[i + 1]! - value : 0))
  const differences = (
    n: Float64Array,
    m: Float64Array,
    visit: (difference: number, point: number) => void,
  ) => {
    const [rowsOfN, rowsOfM] = [sum(n), sum(m)]
    let [below, belowOther] = [0, 0]
    for (let point = 0; point < points.length; point++) {
      below += n[point]!
      belowOther += m[point]!
      visit(Math.abs(below / rowsOfN - belowOther / rowsOfM), point)
    }
  }
  return {
    reference: count(a, points),
    current: count(b, points),
    largest(n, m) {
      let largest = 0
      differences(n, m, (difference) => {
        if (!(difference <= largest)) largest = difference
      })
      return largest
    },
    area(n, m) {
      let area = 0
      differences(n, m, (difference, point) => {
        area += difference * widths[point]!
      })
      return area
    },
  }
}

function quantilesOf(sorted: Float64Array): number[] {
  if (sorted.length <= POINTS) return [...sorted]
  return Array.from(
    { length: POINTS },
    (_, i) => sorted[Math.round((i / (POINTS - 1)) * (sorted.length - 1))]!,
  )
}

/** Rows up to each point and over the one before. */
function count(sorted: Float64Array, points: Float64Array): Float64Array {
  const counts = new Float64Array(points.length)
  let point = 0
  for (const value of sorted) {
    while (point < points.length - 1 && value > points[point]!) point++
    counts[point]!++
  }
  return counts
}

function sum(values: Float64Array): number {
  let total = 0
  for (const value of values) total += value
  return total
}
