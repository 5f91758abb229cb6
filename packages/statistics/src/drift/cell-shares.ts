import { type Mass, massOf, smallSample, type Weighing } from './weighing.js'

/** A sample in cells. */
export interface CellShares {
  readonly mass: Mass
  /** Rows a cell, of as many as the sample counts for. */
  readonly counts: Float64Array
  /** Covariance of the shares, by rows or clusters, at `cell * cells + other`. */
  readonly covariance: Float64Array
}

/** @param cellOf cell of each row, 0 … cells−1 */
export function cellSharesOf(cellOf: Int32Array, cells: number, weighing: Weighing = {}): CellShares {
  const { clusters, weights } = weighing
  const mass = massOf(cellOf.length, weighing)
  const sums = new Float64Array(cells)
  for (let row = 0; row < cellOf.length; row++) sums[cellOf[row]!]! += weights?.[row] ?? 1
  const shares = sums.map((sum) => sum / mass.total)
  const covariance = new Float64Array(cells * cells)
  const [towards, all] =
    clusters === undefined
      ? ofRows(cellOf, shares.length, mass, weights, covariance)
      : ofClusters(cellOf, mass, weights, clusters, covariance, cells)
  // Σ(c − pW)(c − pW)ᵀ over units with c of their weight W in each cell: Σccᵀ − Σ(cW)pᵀ − p(ΣcW)ᵀ + ppᵀΣW².
  const small = smallSample(mass.units)
  for (let i = 0; i < cells; i++)
    for (let j = 0; j < cells; j++) {
      const at = i * cells + j
      const centred =
        covariance[at]! - towards[i]! * shares[j]! - shares[i]! * towards[j]! + shares[i]! * shares[j]! * all
      covariance[at] = small * centred
    }
  return { mass, counts: sums.map((sum) => sum * (mass.rows / mass.total)), covariance }
}

function ofRows(
  cellOf: Int32Array,
  cells: number,
  { squares, total }: Mass,
  weights: Float64Array | undefined,
  products: Float64Array,
): [Float64Array, number] {
  const towards = new Float64Array(cells)
  for (let row = 0; row < cellOf.length; row++) towards[cellOf[row]!]! += ((weights?.[row] ?? 1) / total) ** 2
  for (let cell = 0; cell < cells; cell++) products[cell * cells + cell] = towards[cell]!
  return [towards, squares / total ** 2]
}

function ofClusters(
  cellOf: Int32Array,
  { total }: Mass,
  weights: Float64Array | undefined,
  { count, of }: NonNullable<Weighing['clusters']>,
  products: Float64Array,
  cells: number,
): [Float64Array, number] {
  const towards = new Float64Array(cells)
  let all = 0
  const inCell = new Float64Array(cells)
  for (const rows of rowsByCluster(of, count)) {
    const touched: number[] = []
    let whole = 0
    for (const row of rows) {
      const [cell, weight] = [cellOf[row]!, (weights?.[row] ?? 1) / total]
      if (inCell[cell] === 0) touched.push(cell)
      inCell[cell]! += weight
      whole += weight
    }
    for (const i of touched) for (const j of touched) products[i * cells + j]! += inCell[i]! * inCell[j]!
    for (const cell of touched) {
      towards[cell]! += inCell[cell]! * whole
      inCell[cell] = 0
    }
    all += whole * whole
  }
  return [towards, all]
}

/** Rows of each cluster, by counting. */
function* rowsByCluster(of: Int32Array, count: number): Iterable<Int32Array> {
  const ends = new Int32Array(count + 1)
  for (const cluster of of) ends[cluster + 1]!++
  for (let cluster = 0; cluster < count; cluster++) ends[cluster + 1]! += ends[cluster]!
  const [rows, next] = [new Int32Array(of.length), ends.slice()]
  for (let row = 0; row < of.length; row++) rows[next[of[row]!]!++] = row
  for (let cluster = 0; cluster < count; cluster++) yield rows.subarray(ends[cluster]!, ends[cluster + 1]!)
}
