import { ascendingOrder } from '@sluice/statistics'
import { shortened } from '../report/shortened.js'
import type { KeyColumn } from '../table/table.js'

type Keys = KeyColumn['values']

/** Row numbers in rising order of their keys; numbers by size, text by code unit. Same in every locale. */
export function orderOf(keys: Keys): Uint32Array {
  const order = new Uint32Array(keys.length)
  for (let i = 0; i < order.length; i++) order[i] = i
  if (isRising(keys)) return order
  if (keys instanceof Float64Array) return ascendingOrder(keys).rows
  return order.sort((i, j) => {
    const [a, b] = [keys[i]!, keys[j]!]
    return a < b ? -1 : a > b ? 1 : i - j
  })
}

/** The values in that order; the values themselves where they stand in it already, as most files' do. */
export function inOrder<T extends Float64Array | Int32Array>(values: T, order: Uint32Array): T {
  if (isIdentity(order)) return values
  const found = new (values.constructor as new (length: number) => T)(order.length)
  for (let place = 0; place < order.length; place++) found[place] = values[order[place]!]!
  return found
}

/** Whether rows stand in this order already. */
export function isIdentity(order: Uint32Array): boolean {
  for (let place = 0; place < order.length; place++) if (order[place] !== place) return false
  return true
}

function isRising(keys: Keys): boolean {
  for (let i = 1; i < keys.length; i++) if (!(keys[i - 1]! < keys[i]!)) return false
  return true
}

/** Keys that appear more than once, in order; at most `limit` of them, and how many there are. */
export function duplicates(keys: Keys, order: Uint32Array, limit = 3): { count: number; examples: string[] } {
  let count = 0
  const examples: string[] = []
  for (let i = 1; i < order.length; i++) {
    const key = keys[order[i]!]
    if (key !== keys[order[i - 1]!] || (i > 1 && key === keys[order[i - 2]!])) continue
    count++
    if (examples.length < limit) examples.push(shortened(String(key)))
  }
  return { count, examples }
}

/** Keys that only one of two sorted sides has. */
export function unmatched(
  left: Keys,
  leftOrder: Uint32Array,
  right: Keys,
  rightOrder: Uint32Array,
  limit = 3,
): { onlyLeft: number; onlyRight: number; examples: string[] } {
  let [i, j, onlyLeft, onlyRight] = [0, 0, 0, 0]
  const examples: string[] = []
  const note = (key: string | number) => {
    if (examples.length < limit) examples.push(shortened(String(key)))
  }
  while (i < leftOrder.length || j < rightOrder.length) {
    const a = i < leftOrder.length ? left[leftOrder[i]!] : undefined
    const b = j < rightOrder.length ? right[rightOrder[j]!] : undefined
    if (a !== undefined && a === b) {
      i++
      j++
    } else if (b === undefined || (a !== undefined && a < b)) {
      onlyLeft++
      note(a!)
      i++
    } else {
      onlyRight++
      note(b)
      j++
    }
  }
  return { onlyLeft, onlyRight, examples }
}
