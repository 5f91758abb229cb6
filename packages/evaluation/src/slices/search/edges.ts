/** Cells of one column of numbers: with seven edges there are 35 ranges to try. */
const CELLS = 8
/** An edge may be rounded by this share of the way to its neighbours. */
const ROUNDED = 0.01

/**
 * Rising edges that cut numbers into at most eight cells of about as many rows each. A value that is more than a cell by
 * itself is one. Edges are as short as the data allow: 1500 rather than 1500.0271.
 * @param values in any order; what is not finite is left out
 */
export function quantileEdges(values: Float64Array): number[] {
  const sorted = values.filter(Number.isFinite).sort()
  const edges: number[] = []
  let last = sorted[0] ?? Number.NaN
  for (let cell = 1; cell < CELLS; cell++) {
    const at = sorted[Math.floor((cell * sorted.length) / CELLS)]!
    const edge = at === last ? firstAbove(sorted, last) : at
    if (!(edge > last)) continue
    edges.push(edge)
    last = edge
  }
  return edges.map((edge, i) => {
    const below = edges[i - 1] ?? sorted[0]!
    const above = edges[i + 1] ?? sorted.at(-1)!
    return shortest(edge, ROUNDED * Math.min(edge - below, above - edge))
  })
}

/** NaN when there is none. */
function firstAbove(sorted: Float64Array, value: number): number {
  let [low, high] = [0, sorted.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (sorted[middle]! > value) high = middle
    else low = middle + 1
  }
  return sorted[low] ?? Number.NaN
}

/** The number of the fewest digits that is as near as that. */
function shortest(value: number, tolerance: number): number {
  for (let digits = 1; digits <= 17; digits++) {
    const rounded = Number(value.toPrecision(digits))
    if (Math.abs(rounded - value) <= tolerance) return rounded
  }
  return value
}
