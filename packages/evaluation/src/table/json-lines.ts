import { SluiceError } from '@sluice/errors'
import { type Cell, columnBuilder } from './builder.js'
import { parseLenientJson } from './lenient-json.js'
import { LIMITS } from './limits.js'
import { missingColumns, type Table, type WantedColumn } from './table.js'

/**
 * Reads the wanted members of JSON lines: one object a line. A member that is absent or null on a line is a
 * missing value; one that is on no line at all is a missing column.
 * @throws SluiceError TABLE_MALFORMED with the line, TABLE_TOO_LARGE, COLUMN_MISSING
 */
export function readJsonLines(file: string, bytes: Uint8Array, wanted: readonly WantedColumn[]): Table {
  const builders = wanted.map(({ name, kind }) => ({ name, builder: columnBuilder(kind, name) }))
  const seen = new Set<string>()
  let first: string[] = []
  let rows = 0
  for (const { line, row } of jsonLines(file, bytes)) {
    if (rows === 0) first = Object.keys(row)
    rows++
    for (const { name, builder } of builders) {
      const value = Object.hasOwn(row, name) ? row[name] : undefined
      if (value !== undefined) seen.add(name)
      if (typeof value === 'object' && value !== null)
        throw malformed(file, line, `\`${name}\` is not a plain value`)
      builder.add(value as Cell)
    }
  }
  if (rows === 0) throw malformed(file, 1, 'there is no row')
  const present = new Set([...first, ...seen])
  const missing = missingColumns(file, wanted, [...present])
  if (missing) throw missing
  const found = builders.filter(({ name }) => present.has(name))
  return { rows, columns: new Map(found.map(({ name, builder }) => [name, builder.finish()])) }
}

/** The objects of JSON lines with their lines' numbers. @throws SluiceError TABLE_MALFORMED, TABLE_TOO_LARGE */
export function* jsonLines(
  file: string,
  bytes: Uint8Array,
): Generator<{ readonly line: number; readonly row: Record<string, unknown> }, undefined> {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let rows = 0
  let line = 0
  for (let start = 0; start < buffer.length; ) {
    const found = buffer.indexOf(0x0a, start)
    const end = found === -1 ? buffer.length : found
    line++
    if (end - start > LIMITS.lineBytes)
      throw tooLarge(file, `line ${line} has more than ${LIMITS.lineBytes} bytes`)
    const text = buffer.toString('utf8', start, end).trim()
    start = end + 1
    if (text === '') continue
    const row = parseRow(file, line, text)
    if (++rows > LIMITS.rows) throw tooLarge(file, `there are more than ${LIMITS.rows} rows`)
    yield { line, row }
  }
  return undefined
}

function parseRow(file: string, line: number, text: string): Record<string, unknown> {
  let row: unknown
  try {
    row = parseLenientJson(text)
  } catch (cause) {
    throw malformed(file, line, 'it is not JSON', cause)
  }
  if (typeof row !== 'object' || row === null || Array.isArray(row))
    throw malformed(file, line, 'it is not an object')
  return row as Record<string, unknown>
}

function malformed(file: string, line: number, found: string, cause?: unknown): SluiceError {
  return new SluiceError('TABLE_MALFORMED', `${file}, line ${line}: ${found}.`, {
    remedy: 'Write one JSON object a line, with the columns as plain members.',
    at: { file, line },
    cause,
  })
}

function tooLarge(file: string, found: string): SluiceError {
  return new SluiceError('TABLE_TOO_LARGE', `${file}: ${found}.`, {
    remedy: 'Evaluate on a sample, or write fewer members.',
  })
}
