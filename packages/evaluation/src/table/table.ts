import { SluiceError } from '@sluice/errors'
import { shortened } from '../report/shortened.js'

/** What a column is read as: numbers, words (labels, slices, clusters), or the key that joins rows. */
export type ColumnKind = 'number' | 'word' | 'key'

export interface WantedColumn {
  readonly name: string
  readonly kind: ColumnKind
  /** Read where the file has it, and no fault where it has not. */
  readonly optional?: boolean
}

/** Numbers; what was missing or no number is NaN, and so is never taken for a score. */
export interface NumberColumn {
  readonly kind: 'number'
  readonly values: Float64Array
}

/** Words by code: `words[codes[row]]`. A missing value is the empty word. */
export interface WordColumn {
  readonly kind: 'word'
  readonly codes: Int32Array
  readonly words: readonly string[]
}

/** Row keys: numbers when every one is a whole number in its plain form, else text. */
export interface KeyColumn {
  readonly kind: 'key'
  readonly values: Float64Array | readonly string[]
}

export type Column = NumberColumn | WordColumn | KeyColumn

/** The wanted columns of a file, in the file's row order. */
export interface Table {
  readonly rows: number
  readonly columns: ReadonlyMap<string, Column>
}

/** The error COLUMN_MISSING, naming the columns there are; undefined when none is missing. */
export function missingColumns(
  file: string,
  wanted: readonly WantedColumn[],
  found: readonly string[],
): SluiceError | undefined {
  const missing = wanted
    .filter(({ name, optional }) => optional !== true && !found.includes(name))
    .map(({ name }) => name)
  if (missing.length === 0) return undefined
  const shown = found
    .slice(0, 20)
    .map((name) => shortened(name))
    .join(', ')
  return new SluiceError(
    'COLUMN_MISSING',
    `${file} has no column ${missing.map((name) => `\`${name}\``).join(', ')}; it has ${shown}${found.length > 20 ? ' …' : ''}.`,
    {
      remedy:
        'Correct the name in the inputs or under `evaluation` in sluice.yaml, or write the column into the file.',
      at: { file },
    },
  )
}

/** A column that was asked for, by the kind it was asked for as. */
export function columnOf<K extends ColumnKind>(
  table: Table,
  name: string,
  kind: K,
): Extract<Column, { kind: K }> {
  const column = table.columns.get(name)
  if (column?.kind !== kind) throw new TypeError(`column ${name} was not read as ${kind}`)
  return column as Extract<Column, { kind: K }>
}
