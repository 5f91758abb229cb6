import type { Sums } from './cube.js'

/** A slice by the places of its columns and of their literals. */
export interface Candidate extends Sums {
  readonly columns: readonly number[]
  readonly literals: readonly number[]
  readonly score: number
}

/** Of the worst slices many are one and the same cut a little otherwise: so many are kept to choose from. */
const KEPT = 1000

/** The worst slices seen so far. */
export class Pool {
  #all: Candidate[] = []
  #least = Number.NEGATIVE_INFINITY

  /** What a slice must score more than to matter. */
  get least(): number {
    return this.#least
  }

  add(candidate: Candidate): void {
    this.#all.push(candidate)
    if (this.#all.length < 2 * KEPT) return
    this.#all = this.worstFirst()
    this.#least = this.#all.at(-1)!.score
  }

  worstFirst(): Candidate[] {
    return this.#all.toSorted(worse).slice(0, KEPT)
  }
}

/** Of equal scores the one of fewer columns; then as columns and literals stand. */
function worse(a: Candidate, b: Candidate): number {
  return (
    b.score - a.score ||
    a.columns.length - b.columns.length ||
    inOrder(a.columns, b.columns) ||
    inOrder(a.literals, b.literals)
  )
}

function inOrder(a: readonly number[], b: readonly number[]): number {
  const at = a.findIndex((one, i) => one !== b[i])
  return at === -1 ? 0 : a[at]! - b[at]!
}
