import type { SqlBatch, SqlColumn } from '../engine.js'
import type { CellKind } from './cells.js'

/** A column of an answer: its name, and what its cells are. */
export interface ServerColumn {
  readonly name: string
  readonly cells: CellKind
}

/** Whoever wants to know the columns of an answer is told before its first row. */
export type OnColumns = (columns: readonly ServerColumn[]) => void

/**
 * The columns of what stands after FROM, by a statement that has no row of it. Doubles may hold NaN, decimals more
 * digits than a double: both are looked at value by value.
 */
export async function columnsOf(
  run: (sql: string, tell: OnColumns) => AsyncIterable<SqlBatch>,
  from: string,
): Promise<SqlColumn[]> {
  const found: SqlColumn[] = []
  const tell: OnColumns = (columns) => {
    for (const { name, cells } of columns) {
      found.push({ name, kind: cells === 'integer' ? 'whole' : cells === 'word' ? 'text' : 'other' })
    }
  }
  for await (const _ of run(`select * from ${from} where false`, tell));
  return found
}

/** The one cell that a statement answers with, as text; undefined when there is none. */
export async function cellOfOne(answer: AsyncIterable<SqlBatch>): Promise<string | undefined> {
  for await (const [row] of answer) return row?.[0] === undefined ? undefined : String(row[0])
  return undefined
}
