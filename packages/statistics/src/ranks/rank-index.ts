/**
 * Looks ranks up in a sorted array. The range of values is cut into buckets, so that a look-up searches a few
 * values instead of all; where the values crowd into one bucket it is the binary search it would have been.
 */
export class RankIndex {
  readonly #sorted: Float64Array
  /** Index of the first value of each bucket, and the length at the end. */
  readonly #starts: Uint32Array
  readonly #low: number
  readonly #scale: number

  /** @param values finite numbers in any order; they are copied */
  constructor(values: Float64Array) {
    this.#sorted = values.toSorted()
    const buckets = Math.max(1, this.#sorted.length >> 2)
    this.#low = this.#sorted[0] ?? 0
    const scale = buckets / ((this.#sorted.at(-1) ?? 0) - this.#low)
    // A range that is empty or overflows has one bucket.
    this.#scale = Number.isFinite(scale) && scale > 0 ? scale : 0
    this.#starts = new Uint32Array(buckets + 2)
    let bucket = 0
    for (let i = 0; i < this.#sorted.length; i++) {
      const own = this.#bucketOf(this.#sorted[i]!)
      while (bucket < own) this.#starts[++bucket] = i
    }
    this.#starts.fill(this.#sorted.length, bucket + 1)
  }

  get length(): number {
    return this.#sorted.length
  }

  /** Twice the number of values below `score`, plus the number equal to it. */
  twiceBelow(score: number): number {
    const bucket = this.#bucketOf(score)
    const from = this.#starts[bucket]!
    const to = this.#starts[bucket + 1]!
    const below = this.#bound(score, from, to, false)
    // Only one in many scores has an equal on the other side; only then is the second search made.
    if (this.#sorted[below] !== score) return 2 * below
    return below + this.#bound(score, below, to, true)
  }

  /** Rises with the score, so the values of one bucket stand together. */
  #bucketOf(score: number): number {
    if (!(score > this.#low) || this.#scale === 0) return 0
    return Math.min(this.#starts.length - 2, Math.floor((score - this.#low) * this.#scale))
  }

  /** First index from `low` to `high` whose value is not below `score`; with `over`, that is above it. */
  #bound(score: number, low: number, high: number, over: boolean): number {
    while (low < high) {
      const middle = (low + high) >>> 1
      const value = this.#sorted[middle]!
      if (value < score || (over && value === score)) low = middle + 1
      else high = middle
    }
    return low
  }
}
