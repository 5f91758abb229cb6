import type { KeyColumn } from '../table/table.js'
import { isIdentity } from './order.js'

/** The ids of joined rows, by their places: the file's own column, and no copy of it. */
export interface RowIds {
  /** @param place 0 is the row of the lowest id */
  at(place: number): string
}

/** @param order row numbers in rising order of their keys; not kept where rows stand in it already */
export function rowIds({ values }: KeyColumn, order: Uint32Array): RowIds {
  return isIdentity(order) ? asTheyStand(values) : { at: (place) => String(values[order[place]!]) }
}

/** Beside a function that needs the order, one that does not would hold on to it all the same. */
function asTheyStand(values: KeyColumn['values']): RowIds {
  return { at: (place) => String(values[place]) }
}
