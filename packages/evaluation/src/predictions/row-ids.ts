import type { KeyColumn } from '../table/table.js'

/** The ids of joined rows, by their places: the file's own column, and no copy of it. */
export interface RowIds {
  /** @param place 0 is the row of the lowest id */
  at(place: number): string
}

/** @param order row numbers in rising order of their keys */
export function rowIds({ values }: KeyColumn, order: Uint32Array): RowIds {
  return { at: (place) => String(values[order[place]!]) }
}
