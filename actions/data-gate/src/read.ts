import { createHash } from 'node:crypto'
import { SluiceError } from '@sluice/errors'
import {
  columnNames,
  columnOf,
  type InputFormat,
  inputFormat,
  type KeyColumn,
  LIMITS,
  readTable,
  type Table,
} from '@sluice/evaluation'
import { displayPath, type Workspace } from '@sluice/toolkit'

/** A table's file, and what its columns are called. */
export interface OpenedTable {
  readonly name: string
  readonly bytes: Uint8Array
  readonly sha256: string
  readonly format: Exclude<InputFormat, 'summary'>
  readonly columns: readonly string[]
}

/** @throws SluiceError TABLE_FORMAT_UNKNOWN, TABLE_MALFORMED, TABLE_TOO_LARGE, and what the workspace throws */
export async function openTable(workspace: Workspace, file: string): Promise<OpenedTable> {
  const bytes = await workspace.read(file, LIMITS.fileBytes)
  const name = displayPath(workspace.root, await workspace.resolve(file))
  const format = inputFormat(name, bytes)
  if (format === 'summary') {
    throw new SluiceError('TABLE_FORMAT_UNKNOWN', `${name} is JSON; expected a table.`, {
      remedy: 'Give .parquet, .csv, .tsv or .jsonl.',
      at: { file: name },
    })
  }
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  return { name, bytes, sha256, format, columns: await columnNames(name, bytes, format) }
}

/** The wanted columns that the table has, whatever they are; those that it has not are told by the checks. */
export async function readWanted(table: OpenedTable, wanted: readonly string[]): Promise<Table> {
  const names = [...new Set(wanted)].filter((name) => table.columns.includes(name))
  // A table is read for its rows even where no column of it is wanted.
  const some = names.length > 0 ? names : table.columns.slice(0, 1)
  return await readTable(
    table.name,
    table.bytes,
    table.format,
    some.map((name) => ({ name, kind: 'any' })),
  )
}

/** Columns whose values group the rows, as words: there may be any number of them. */
export async function readGroupings(table: OpenedTable, wanted: readonly string[]): Promise<Table> {
  const names = [...new Set(wanted)].filter((name) => table.columns.includes(name))
  if (names.length === 0) return { rows: 0, columns: new Map() }
  return await readTable(
    table.name,
    table.bytes,
    table.format,
    names.map((name) => ({ name, kind: 'word' })),
  )
}

/** Columns whose values are compared with each other, by name. */
export async function readKeys(
  table: OpenedTable,
  wanted: readonly string[],
): Promise<Map<string, KeyColumn>> {
  const names = [...new Set(wanted)].filter((name) => table.columns.includes(name))
  if (names.length === 0) return new Map()
  const read = await readTable(
    table.name,
    table.bytes,
    table.format,
    names.map((name) => ({ name, kind: 'key' })),
  )
  return new Map(names.map((name) => [name, columnOf(read, name, 'key')]))
}

/** All columns, as whatever they are and as keys. */
export async function readAll(
  table: OpenedTable,
): Promise<{ readonly table: Table; readonly keys: Map<string, KeyColumn> }> {
  return { table: await readWanted(table, table.columns), keys: await readKeys(table, table.columns) }
}
