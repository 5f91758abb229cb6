import type { Literal, SearchColumn } from './column.js'

/** What is known of the rows of one slice. */
export interface Sums {
  /** Rows of the half that is searched, and of the one that is tested. */
  readonly rows: number
  readonly tested: number
  /** Sum of the losses of the former, and of those above 0 alone. */
  readonly sum: number
  readonly gross: number
}

/**
 * Rows and losses by the cells of one to three columns, added up along every column: any slice of these columns is then
 * a few look-ups, whatever the rows (summed-area table, Crow 1984).
 */
export class Cube {
  readonly #sizes: readonly number[]
  readonly #rows: Float64Array
  readonly #tested: Float64Array
  readonly #sums: Float64Array
  readonly #gross: Float64Array

  /** @param losses of the rows of the half that is searched */
  constructor(columns: readonly SearchColumn[], losses: Float64Array) {
    this.#sizes = columns.map(({ cells }) => cells)
    const size = this.#sizes.reduce((product, cells) => product * cells, 1)
    const make = () => new Float64Array(size)
    ;[this.#rows, this.#tested, this.#sums, this.#gross] = [make(), make(), make(), make()]
    const searched = placesOf(
      columns.map((column) => column.searched),
      this.#sizes,
    )
    const [rows, sums, gross, tested] = [this.#rows, this.#sums, this.#gross, this.#tested]
    for (let row = 0; row < losses.length; row++) {
      const place = searched[row]!
      const loss = losses[row]!
      rows[place]!++
      sums[place]! += loss
      if (loss > 0) gross[place]! += loss
    }
    const others = placesOf(
      columns.map((column) => column.tested),
      this.#sizes,
    )
    for (let row = 0; row < others.length; row++) tested[others[row]!]!++
    for (const values of [this.#rows, this.#tested, this.#sums, this.#gross]) addUp(values, this.#sizes)
  }

  /** @param literals one of each column, in the columns' order */
  of(literals: readonly Literal[]): Sums {
    const found = { rows: 0, tested: 0, sum: 0, gross: 0 }
    // Every corner of the box of cells, those under it taken off.
    for (let corner = 0; corner < 1 << literals.length; corner++) {
      let [place, sign] = [0, 1]
      for (let d = 0; d < literals.length; d++) {
        const under = ((corner >> d) & 1) === 1
        if (under) sign = -sign
        place = place * this.#sizes[d]! + (under ? literals[d]!.from - 1 : literals[d]!.to)
      }
      found.rows += sign * this.#rows[place]!
      found.tested += sign * this.#tested[place]!
      found.sum += sign * this.#sums[place]!
      found.gross += sign * this.#gross[place]!
    }
    return found
  }
}

/** The place of each row in a cube, column by column. */
function placesOf(codes: readonly Uint8Array[], sizes: readonly number[]): Uint32Array | Uint8Array {
  const [first, ...others] = codes
  if (others.length === 0) return first!
  const places = new Uint32Array(first!)
  for (const [d, own] of others.entries()) {
    const size = sizes[d + 1]!
    for (let row = 0; row < places.length; row++) places[row] = places[row]! * size + own[row]!
  }
  return places
}

/** Adds up along each column in turn. */
function addUp(values: Float64Array, sizes: readonly number[]): void {
  let stride = values.length
  for (const size of sizes) {
    const block = stride
    stride /= size
    for (let place = 0; place < values.length; place++)
      if (place % block >= stride) values[place]! += values[place - stride]!
  }
}
