import { PickleFault } from './reader.js'
import type { Value } from './value.js'

/**
 * The unpickler's stack: a MARK sets the current one aside, as in Lib/pickle.py, so that nothing below a mark
 * can be reached (the C unpickler's fence).
 */
export class Stack {
  #current: Value[] = []
  readonly #set: Value[][] = []
  readonly #limit: number
  #size = 0

  constructor(limit: number) {
    this.#limit = limit
  }

  get full(): boolean {
    return this.#size > this.#limit
  }

  push(value: Value): void {
    this.#size++
    this.#current.push(value)
  }

  pop(offset: number): Value {
    if (this.#current.length === 0) throw new PickleFault('the stack is empty', offset)
    this.#size--
    return this.#current.pop()!
  }

  top(offset: number): Value {
    if (this.#current.length === 0) throw new PickleFault('the stack is empty', offset)
    return this.#current.at(-1)!
  }

  mark(): void {
    this.#size++
    this.#set.push(this.#current)
    this.#current = []
  }

  /** Everything above the last mark, which goes. */
  popMark(offset: number): Value[] {
    const below = this.#set.pop()
    if (below === undefined) throw new PickleFault('there is no mark on the stack', offset)
    const items = this.#current
    this.#size -= items.length + 1
    this.#current = below
    return items
  }

  /** POP removes a value, or a mark with nothing above it. */
  discard(offset: number): void {
    if (this.#current.length > 0) this.pop(offset)
    else this.popMark(offset)
  }
}
