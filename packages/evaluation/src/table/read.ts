import { SluiceError } from '@sluice/errors'
import { readCsv } from './csv.js'
import { readJsonLines } from './json-lines.js'
import type { Table, WantedColumn } from './table.js'

/** What a file holds: rows of predictions, or a summary of metrics. */
export type InputFormat = 'csv' | 'tsv' | 'json-lines' | 'parquet' | 'arrow' | 'summary'

const EXTENSIONS: Record<string, InputFormat> = {
  csv: 'csv',
  tsv: 'tsv',
  jsonl: 'json-lines',
  ndjson: 'json-lines',
  parquet: 'parquet',
  arrow: 'arrow',
  arrows: 'arrow',
  feather: 'arrow',
  json: 'summary',
  eval: 'summary',
  yaml: 'summary',
  yml: 'summary',
  toml: 'summary',
  md: 'summary',
  tfrecord: 'summary',
}

/**
 * Tells what a file holds: Parquet and Arrow by their first bytes, the rest by its name.
 * @throws SluiceError TABLE_FORMAT_UNKNOWN
 */
export function inputFormat(file: string, bytes: Uint8Array): InputFormat {
  const start = Buffer.from(bytes.subarray(0, 6)).toString('latin1')
  if (start.startsWith('PAR1')) return 'parquet'
  if (start === 'ARROW1') return 'arrow'
  const extension = /\.([a-z]+)$/i.exec(file)?.[1]?.toLowerCase()
  const format = extension === undefined ? undefined : EXTENSIONS[extension]
  if (isGzip(bytes) && (format === undefined || TEXT_TABLES.has(format))) throw compressed(file)
  if (format !== undefined) return format
  throw new SluiceError(
    'TABLE_FORMAT_UNKNOWN',
    `${file} is neither Parquet nor Arrow nor named as a known format.`,
    {
      remedy:
        'Name it .parquet, .arrow, .csv, .tsv, .jsonl or .ndjson for rows, .json, .yaml or .toml for a summary of metrics.',
      at: { file },
    },
  )
}

const TEXT_TABLES: ReadonlySet<InputFormat> = new Set(['csv', 'tsv', 'json-lines'])

/** RFC 1952, section 2.3.1. */
function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b
}

function compressed(file: string): SluiceError {
  return new SluiceError('TABLE_FORMAT_UNKNOWN', `${file} is compressed by gzip; expected it unpacked.`, {
    remedy: 'Unpack it in a step before, or write Parquet, whose columns are compressed one by one.',
    at: { file },
  })
}

/** Reads the wanted columns. @throws SluiceError TABLE_MALFORMED, TABLE_TOO_LARGE, COLUMN_MISSING */
export async function readTable(
  file: string,
  bytes: Uint8Array,
  format: Exclude<InputFormat, 'summary'>,
  wanted: readonly WantedColumn[],
): Promise<Table> {
  switch (format) {
    case 'csv':
      return readCsv(file, bytes, wanted)
    case 'tsv':
      return readCsv(file, bytes, wanted, '\t')
    case 'json-lines':
      return readJsonLines(file, bytes, wanted)
    case 'arrow': {
      const { readArrow } = await import('./arrow.js')
      return readArrow(file, bytes, wanted)
    }
    case 'parquet': {
      // hyparquet and its compressors are loaded only where they are needed: most starts read a summary or fail early.
      const { readParquet } = await import('./parquet.js')
      return readParquet(file, bytes, wanted)
    }
  }
}
