import { SluiceError } from '@sluice/errors'
import { DUCKDB } from '../../slices/condition/dialects.js'
import type { InputFormat } from '../../table/read.js'
import { missingColumns, type WantedColumn } from '../../table/table.js'
import type { SqlColumn, SqlEngine, SqlTable } from '../engine.js'

/** A file of rows as DuckDB sees it: the wanted columns only, each as what it was asked for as. */
export interface LocalTable extends SqlTable {
  readonly columns: readonly SqlColumn[]
}

/** A header and every field as text: the same reading as `readCsv`, down to an empty field that is a missing one. */
const CSV =
  "header = true, skip = 0, quote = '\"', escape = '\"', nullstr = '', comment = '', all_varchar = true"

const { name: quoted, word } = DUCKDB

/**
 * A CSV, JSON-lines or Parquet file with the meaning that the readers in process give it: text is a number only in plain
 * form, NaN is none, and a number asked for as a word is written as JavaScript writes it.
 * @throws SluiceError TABLE_FORMAT_UNKNOWN, COLUMN_MISSING, ENGINE_FAILED
 */
export async function localTable(
  engine: SqlEngine,
  file: { readonly path: string; readonly name: string; readonly format: InputFormat },
  wanted: readonly WantedColumn[],
): Promise<LocalTable> {
  const { found, from } = await scanOf(engine, file, wanted)
  const missing = missingColumns(file.name, wanted, [...found.keys()])
  if (missing) throw missing
  const read = wanted.filter(({ name }) => found.has(name))
  const columns = read.map(({ name, kind }): SqlColumn => {
    const whole = WHOLE.test(found.get(name)!) ? 'whole' : 'text'
    return { name, kind: kind === 'number' ? 'number' : whole }
  })
  const cells = read.map(({ name, kind }) => {
    const type = found.get(name)!
    return `${kind === 'number' ? numberOf(quoted(name), type) : textOf(quoted(name), type)} as ${quoted(name)}`
  })
  return { name: file.name, from: `(select ${cells.join(', ')} from ${from})`, columns }
}

/** Whether DuckDB would look for other files by this name; it has no way to say that it means itself. */
export function isPattern(path: string): boolean {
  return /[*?[\]{}]/.test(path)
}

function pattern(file: string): SluiceError {
  return new SluiceError('ENGINE_INPUTS_INVALID', `DuckDB takes the name ${file} for a pattern.`, {
    remedy: 'Give the file a name without `*`, `?` and brackets, or set `engine: in-process`.',
    at: { file },
  })
}

async function scanOf(
  engine: SqlEngine,
  { path, name, format }: { readonly path: string; readonly name: string; readonly format: InputFormat },
  wanted: readonly WantedColumn[],
): Promise<{ from: string; found: ReadonlyMap<string, string> }> {
  if (isPattern(path)) throw pattern(name)
  const file = word(path)
  switch (format) {
    case 'parquet': {
      const from = `read_parquet(${file})`
      return { from, found: await typesOf(engine, from) }
    }
    case 'csv':
    case 'tsv': {
      const options = `${CSV}, delim = '${format === 'csv' ? ',' : '\\t'}'`
      const found = await typesOf(engine, `read_csv(${file}, ${options})`)
      const columns = [...found.keys()].map((column) => `${word(column)}: 'VARCHAR'`)
      // Without the guessing: the header has said what there is.
      return {
        from: `read_csv(${file}, ${options}, auto_detect = false, columns = {${columns.join(', ')}})`,
        found,
      }
    }
    case 'json-lines': {
      const all = await typesOf(engine, `read_json(${file}, format = 'newline_delimited')`)
      const known = wanted.filter(({ name: column }) => all.has(column))
      const columns = known.map(({ name: column }) => `${word(column)}: 'VARCHAR'`)
      return {
        from: `read_json(${file}, format = 'newline_delimited', columns = {${columns.join(', ')}})`,
        found: new Map([...all.keys()].map((column) => [column, 'VARCHAR'])),
      }
    }
    default:
      throw new SluiceError('TABLE_FORMAT_UNKNOWN', `DuckDB does not read ${name} as rows.`, {
        remedy: 'Write it as .parquet, .csv, .tsv or .jsonl, or set `engine: in-process`.',
        at: { file: name },
      })
  }
}

async function typesOf(engine: SqlEngine, from: string): Promise<Map<string, string>> {
  const found = new Map<string, string>()
  for await (const batch of engine.query(`describe select * from ${from}`))
    for (const [name, type] of batch) found.set(String(name), String(type))
  return found
}

const DOUBLES = new Set(['DOUBLE', 'FLOAT'])
const WHOLE = /^U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?$/

function numberOf(name: string, type: string): string {
  if (type === 'VARCHAR') return DUCKDB.toNumber(name)
  // NaN equals NaN here, and is no number for us.
  if (DOUBLES.has(type)) return `nullif(cast(${name} as double), cast('nan' as double))`
  return `try_cast(${name} as double)`
}

function textOf(name: string, type: string): string {
  if (type === 'VARCHAR' || WHOLE.test(type)) return name
  if (DOUBLES.has(type)) {
    // A float is the double it widens to, and a whole one is written without a point.
    const double = `cast(${name} as double)`
    return `case when abs(${double}) < 1e15 and ${double} = trunc(${double}) then cast(cast(${double} as bigint) as varchar) else cast(${double} as varchar) end`
  }
  if (type.startsWith('TIMESTAMP')) {
    const iso = `strftime(cast(${name} as timestamp), '%Y-%m-%dT%H:%M:%S.%gZ')`
    return `replace(${iso}, 'T00:00:00.000Z', '')`
  }
  return `cast(${name} as varchar)`
}
