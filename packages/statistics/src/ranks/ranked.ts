import type { Order } from './order.js'

/** Rows that one score ranks: sorted once, whatever is measured on them. */
export interface Ranked {
  readonly order: Order
  /** Class of each row. */
  readonly labels: Int32Array
  /** How much each row counts; at least 0. Once without them. */
  readonly weights?: Float64Array
  /** Where a row is a group of rows of one class and score: how many, and the sum of their squared weights. */
  readonly groups?: { readonly rows: Float64Array; readonly squares: Float64Array }
}

/** A measure of a ranking with how much each row moves it: ψᵢ, scaled so that its variance is Σψᵢ²·n/(n−1). */
export interface RankInfluence {
  readonly value: number
  /** Worked out when it is first asked for: a value alone needs no more than `squares`. */
  readonly psi: Float64Array
  /** Σψᵢ², where rows neither weigh nor stand for others. */
  readonly squares?: number
  /** Rows of each class; with weights Kish's effective number, (Σw)²/Σw². */
  readonly positives: number
  readonly negatives: number
}

export interface ClassSize {
  readonly weight: number
  readonly count: number
}

export interface Classes {
  /** By row: 1 for the class. A byte a row, for the walks look it up in the order of the scores. */
  readonly isTarget: Uint8Array
  readonly positive: ClassSize
  readonly negative: ClassSize
}

/** The class and the rest: weight and effective number of rows of each. */
export function classesOf({ labels, weights, groups }: Omit<Ranked, 'order'>, target: number): Classes {
  const isTarget = new Uint8Array(labels.length)
  let members = 0
  for (let row = 0; row < labels.length; row++) {
    if (labels[row] !== target) continue
    isTarget[row] = 1
    members++
  }
  if (weights === undefined) {
    const others = labels.length - members
    return {
      isTarget,
      positive: { weight: members, count: members },
      negative: { weight: others, count: others },
    }
  }
  let [first, second, firstSquares, secondSquares] = [0, 0, 0, 0]
  for (let row = 0; row < labels.length; row++) {
    const weight = weights[row]!
    const square = groups === undefined ? weight * weight : groups.squares[row]!
    if (isTarget[row] === 1) {
      first += weight
      firstSquares += square
    } else {
      second += weight
      secondSquares += square
    }
  }
  return {
    isTarget,
    positive: { weight: first, count: first === 0 ? 0 : (first * first) / firstSquares },
    negative: { weight: second, count: second === 0 ? 0 : (second * second) / secondSquares },
  }
}

/** The class of the row at each place of an order, a byte each: what walks then read stands in a row. */
export function classesInOrder(rows: Uint32Array, isTarget: Uint8Array): Uint8Array {
  const found = new Uint8Array(rows.length)
  for (let place = 0; place < rows.length; place++) found[place] = isTarget[rows[place]!]!
  return found
}
