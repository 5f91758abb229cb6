import { nearest, SluiceError } from '@sluice/errors'
import { shortened } from '../report/shortened.js'

/** What a column is read as: numbers, words (labels, slices, clusters), the key that joins rows, or whatever it is. */
export type ColumnKind = 'number' | 'word' | 'key' | 'any'

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

/** A column of which nobody said what it is, with what can be said of it. */
export interface AnyColumn {
  readonly kind: 'any'
  /** NaN where a value is missing or no number. */
  readonly numbers: Float64Array
  /** Rows without a value; NaN counts as none. */
  readonly missing: number
  readonly infinite: number
  /** How many values can be read as a whole number, a number, a boolean (true, false, 1, 0), an ISO date. */
  readonly readable: {
    readonly integer: number
    readonly number: number
    readonly boolean: number
    readonly date: number
  }
  /** Undefined when there are too many different values to be categories. The empty word is a missing value. */
  readonly categories?: { readonly codes: Int32Array; readonly words: readonly string[] }
}

export type Column = NumberColumn | WordColumn | KeyColumn | AnyColumn

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
      remedy: `${meant(missing, found)}Correct the name in the inputs or in sluice.yaml, or write the column into the file.`,
      at: { file },
    },
  )
}

/** What was probably meant: other names, or another separator where the whole header is one name. */
function meant(missing: readonly string[], found: readonly string[]): string {
  const [only = ''] = found
  if (found.length === 1 && /[;\t|]/.test(only))
    return 'Separate fields by commas, or by tabs in a file named .tsv: this header is one field. '
  const near = missing.map((name) => nearest(name, found)).filter((name) => name !== undefined)
  if (near.length !== missing.length) return ''
  return `Did you mean ${near.map((name) => `\`${shortened(name)}\``).join(', ')}? `
}

/** A column of a table in which every column was asked for as something. */
export function plainColumn(table: Table, name: string): NumberColumn | WordColumn | KeyColumn {
  const column = table.columns.get(name)
  if (column === undefined || column.kind === 'any')
    throw new TypeError(`column ${name} was not read as anything`)
  return column
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
