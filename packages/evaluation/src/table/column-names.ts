import { SluiceError } from '@sluice/errors'
import { CsvScanner, tooLarge } from './csv-scanner.js'
import { parseLenientJson } from './lenient-json.js'
import { LIMITS } from './limits.js'
import type { InputFormat } from './read.js'

/** Lines of JSON lines whose members count as columns. */
const JSON_LINES = 1000

/**
 * The names of a table's columns, in its order.
 * @throws SluiceError TABLE_MALFORMED, TABLE_TOO_LARGE
 */
export async function columnNames(
  file: string,
  bytes: Uint8Array,
  format: Exclude<InputFormat, 'summary'>,
): Promise<string[]> {
  const names = await namesOf(file, bytes, format)
  if (names.length > LIMITS.columns) throw tooLarge(file, `more than ${LIMITS.columns} columns`)
  return names
}

async function namesOf(
  file: string,
  bytes: Uint8Array,
  format: Exclude<InputFormat, 'summary'>,
): Promise<string[]> {
  switch (format) {
    case 'parquet':
      return await ofParquet(file, bytes)
    case 'arrow':
      return (await import('./arrow.js')).arrowColumnNames(file, bytes)
    case 'json-lines':
      return ofJsonLines(file, bytes)
    default:
      return ofCsv(file, bytes, format === 'tsv' ? '\t' : ',')
  }
}

function ofCsv(file: string, bytes: Uint8Array, separator: string): string[] {
  const scanner = new CsvScanner(file, bytes, separator.charCodeAt(0))
  const header: string[] = []
  do {
    scanner.next()
    header.push(scanner.text())
  } while (!scanner.endsRow && header.length <= LIMITS.columns)
  return header
}

function ofJsonLines(file: string, bytes: Uint8Array): string[] {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const names = new Set<string>()
  for (let start = 0, line = 1; start < buffer.length && line <= JSON_LINES; line++) {
    const found = buffer.indexOf(0x0a, start)
    const end = found === -1 ? buffer.length : found
    if (end - start > LIMITS.lineBytes)
      throw tooLarge(file, `more than ${LIMITS.lineBytes} bytes on line ${line}`)
    const text = buffer.toString('utf8', start, end).trim()
    start = end + 1
    if (text !== '') for (const name of membersOf(file, line, text)) names.add(name)
  }
  return [...names]
}

function membersOf(file: string, line: number, text: string): string[] {
  try {
    const row: unknown = parseLenientJson(text)
    if (typeof row === 'object' && row !== null && !Array.isArray(row)) return Object.keys(row)
  } catch {
    // Told below, with the line.
  }
  throw malformed(file, `line ${line} is no JSON object`)
}

async function ofParquet(file: string, bytes: Uint8Array): Promise<string[]> {
  try {
    const buffer = {
      byteLength: bytes.byteLength,
      slice: (start: number, end?: number) =>
        Uint8Array.prototype.slice.call(bytes, start, end).buffer as ArrayBuffer,
    }
    // Loaded where it is needed: most starts read a summary or fail early.
    const { parquetMetadataAsync } = await import('hyparquet')
    const { schema } = await parquetMetadataAsync(buffer, { geoparquet: false })
    const flat: string[] = []
    for (let i = 1, left = schema[0]?.num_children ?? 0; left > 0 && i < schema.length; left--) {
      const { name, num_children, repetition_type } = schema[i]!
      if (!num_children && repetition_type !== 'REPEATED') flat.push(name)
      let below = num_children ?? 0
      for (i++; below > 0 && i < schema.length; i++) below += (schema[i]!.num_children ?? 0) - 1
    }
    return flat
  } catch (cause) {
    throw malformed(file, cause instanceof Error ? cause.message : 'it cannot be read', cause)
  }
}

function malformed(file: string, found: string, cause?: unknown): SluiceError {
  return new SluiceError('TABLE_MALFORMED', `${file} is not a readable table: ${found}.`, {
    remedy: 'Write the file again as Parquet, CSV or JSON lines.',
    at: { file },
    cause,
  })
}
