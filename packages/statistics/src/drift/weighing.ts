/** How much each row of a table counts, and which rows belong together; every row by itself, once, without them. */
export interface Weighing {
  /** At least 0, not all 0. */
  readonly weights?: Float64Array
  /** Cluster of each row, 0 … count−1; a cluster may have no row. */
  readonly clusters?: { readonly of: Int32Array; readonly count: number }
}

/** What a table of so many rows counts for. */
export interface Mass {
  readonly total: number
  readonly squares: number
  /** (Σw)²/Σw², the rows of weight 1 that would say as much (Kish 1965). */
  readonly rows: number
  /** Rows or clusters, of which the errors are. */
  readonly units: number
}

export function massOf(rows: number, { clusters, weights }: Weighing): Mass {
  let [total, squares] = [rows, rows]
  if (weights !== undefined) {
    total = 0
    squares = 0
    for (const weight of weights) {
      total += weight
      squares += weight * weight
    }
  }
  const units = clusters === undefined ? rows : new Set(clusters.of).size
  return { total, squares, rows: (total * total) / squares, units }
}

/** G/(G−1): what a variance over few units is too small by. */
export function smallSample(units: number): number {
  return units > 1 ? units / (units - 1) : Number.POSITIVE_INFINITY
}
