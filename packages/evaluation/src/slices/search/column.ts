import { parseNumber } from '../../table/builder.js'
import type { NumberColumn, WordColumn } from '../../table/table.js'
import { rangeCondition, wordCondition } from '../condition/write.js'
import { quantileEdges } from './edges.js'

/** Rows that a slice needs in either half. */
export interface Support {
  readonly searched: number
  readonly tested: number
}

/** Place numbers of the rows of either half. */
export interface Halves {
  readonly searched: Uint32Array
  readonly tested: Uint32Array
}

/** What one column says in a slice: a value, or a range of cells that lie beside each other. */
export interface Literal {
  /** First and last of its cells. */
  readonly from: number
  readonly to: number
  /** As a user would write it. */
  readonly condition: string
}

/** A column cut into cells. */
export interface SearchColumn {
  readonly name: string
  readonly literals: readonly Literal[]
  /** With cell 0, of which no literal is made: values of too few rows, and what is no number. */
  readonly cells: number
  /** The cell of each row of the half that is searched, and of the one that is tested. */
  readonly searched: Uint8Array
  readonly tested: Uint8Array
}

/** Longer words make no condition that anybody reads. */
const WORD = 100
/** A byte holds the cells: under a support of one row in a hundred, no column has more values than that. */
const CELLS = 255

/** Every value that enough rows have. */
export function valuesColumn(
  name: string,
  { codes, words }: WordColumn,
  halves: Halves,
  support: Support,
): SearchColumn {
  const [searched, tested] = [countOf(codes, halves.searched), countOf(codes, halves.tested)]
  const literals: Literal[] = []
  const cellOf = new Uint8Array(words.length)
  for (const [code, word] of words.entries()) {
    if ((searched[code] ?? 0) < support.searched || (tested[code] ?? 0) < support.tested) continue
    if (word.length > WORD || literals.length === CELLS) continue
    const cell = literals.length + 1
    cellOf[code] = cell
    literals.push({ from: cell, to: cell, condition: wordCondition(name, word) })
  }
  const cells = cellsBy(halves, (row) => cellOf[codes[row]!]!)
  return { name, literals, cells: literals.length + 1, ...cells }

  function countOf(all: Int32Array, rows: Uint32Array): Uint32Array {
    const counts = new Uint32Array(words.length)
    for (let i = 0; i < rows.length; i++) counts[all[rows[i]!]!]!++
    return counts
  }
}

/** Every range between two quantiles of the half that is searched; the other half has no say in where they lie. */
export function rangesColumn(name: string, column: NumberColumn | WordColumn, halves: Halves): SearchColumn {
  const numberOf = numbersOf(column)
  const values = new Float64Array(halves.searched.length)
  for (let i = 0; i < values.length; i++) values[i] = numberOf(halves.searched[i]!)
  const edges = quantileEdges(values)
  const cells = cellsBy(halves, (row) => {
    const value = numberOf(row)
    if (Number.isNaN(value)) return 0
    let cell = 1
    while (cell <= edges.length && value >= edges[cell - 1]!) cell++
    return cell
  })
  const last = edges.length + 1
  const literals: Literal[] = []
  for (let from = 1; from <= last; from++)
    for (let to = from; to <= last; to++)
      // All cells together are no condition but "is a number".
      if (from > 1 || to < last)
        literals.push({ from, to, condition: rangeCondition(name, edges[from - 2], edges[to - 1]) })
  return { name, literals, cells: last + 1, ...cells }
}

/** A column that another slice reads as words is numbers all the same. */
function numbersOf(column: NumberColumn | WordColumn): (row: number) => number {
  if (column.kind === 'number') return (row) => column.values[row]!
  const ofWord = column.words.map(parseNumber)
  return (row) => ofWord[column.codes[row]!]!
}

function cellsBy(
  { searched, tested }: Halves,
  cellOf: (row: number) => number,
): Pick<SearchColumn, 'searched' | 'tested'> {
  // Loops: `Uint8Array.from` with a function takes ten times as long.
  const cells = (rows: Uint32Array) => {
    const found = new Uint8Array(rows.length)
    for (let i = 0; i < rows.length; i++) found[i] = cellOf(rows[i]!)
    return found
  }
  return { searched: cells(searched), tested: cells(tested) }
}
