/** Rows that one score ranks: sorted once, whatever is measured on them. */
export interface Ranked {
  /** By row; finite. */
  readonly scores: Float64Array
  /** Rows in rising order of their scores (`ascendingOrder`). */
  readonly order: Uint32Array
  /** Class of each row. */
  readonly labels: Int32Array
  /** How much each row counts; at least 0. Once without them. */
  readonly weights?: Float64Array
}

/** A measure of a ranking with how much each row moves it: ψᵢ, scaled so that its variance is Σψᵢ²·n/(n−1). */
export interface RankInfluence {
  readonly value: number
  readonly psi: Float64Array
  /** Rows of each class; with weights Kish's effective number, (Σw)²/Σw². */
  readonly positives: number
  readonly negatives: number
}

export interface ClassSize {
  readonly weight: number
  readonly count: number
}

/** Weight and effective number of rows of the class and of the rest. */
export function effectiveCount(
  labels: Int32Array,
  target: number,
  weights?: Float64Array,
): { positive: ClassSize; negative: ClassSize } {
  let [first, second, firstSquares, secondSquares] = [0, 0, 0, 0]
  for (let row = 0; row < labels.length; row++) {
    const weight = weights === undefined ? 1 : weights[row]!
    if (labels[row] === target) {
      first += weight
      firstSquares += weight * weight
    } else {
      second += weight
      secondSquares += weight * weight
    }
  }
  return {
    positive: { weight: first, count: first === 0 ? 0 : (first * first) / firstSquares },
    negative: { weight: second, count: second === 0 ? 0 : (second * second) / secondSquares },
  }
}
