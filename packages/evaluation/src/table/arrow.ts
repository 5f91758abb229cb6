import { zstdDecompressSync } from 'node:zlib'
import { SluiceError } from '@sluice/errors'
import {
  type Table as ArrowTable,
  CompressionType,
  setCompressionCodec,
  tableFromIPC,
} from '@uwdata/flechette'
import { checkArrowFrame } from './arrow-frame.js'
import { type Cell, columnBuilder } from './builder.js'
import { LIMITS } from './limits.js'
import { decodeLz4Frame } from './lz4-frame.js'
import { missingColumns, type Table, type WantedColumn } from './table.js'

/**
 * Reads the wanted columns of an Arrow file or stream (Feather version 2 is one), plain or compressed by LZ4 or zstd.
 * @throws SluiceError TABLE_MALFORMED, TABLE_TOO_LARGE, COLUMN_MISSING
 */
export function readArrow(file: string, bytes: Uint8Array, wanted: readonly WantedColumn[]): Table {
  const arrow = open(file, bytes)
  const missing = missingColumns(file, wanted, arrow.names)
  if (missing) throw missing
  // A changed byte makes NaN of it, which is more than nothing.
  if (!(arrow.numRows >= 0)) throw malformed(file, 'its number of rows is none')
  if (arrow.numRows > LIMITS.rows) throw tooLarge(file, `more than ${LIMITS.rows} rows`)
  const columns = wanted
    .filter(({ name }) => arrow.names.includes(name))
    .map(({ kind, name }) => {
      const builder = columnBuilder(kind, name, arrow.numRows)
      let rows = 0
      for (const value of guarded(file, () => arrow.getChild(name))) {
        if (++rows > arrow.numRows) break
        builder.add(plainCell(file, name, value))
      }
      if (rows !== arrow.numRows) throw malformed(file, `column \`${name}\` has not as many rows as the file`)
      return [name, builder.finish()] as const
    })
  return { rows: arrow.numRows, columns: new Map(columns) }
}

/** @throws SluiceError TABLE_MALFORMED */
export function arrowColumnNames(file: string, bytes: Uint8Array): string[] {
  return [...open(file, bytes).names]
}

let registered = false
/** Bytes that the open file has unpacked to so far; files are opened one at a time, in one go. */
let unpacked = 0

/** Any number of buffers may be the same few packed bytes. */
function counted(bytes: Uint8Array): Uint8Array {
  unpacked += bytes.length
  if (unpacked > LIMITS.unpackedBytes)
    throw new Error(`it unpacks to more than ${LIMITS.unpackedBytes} bytes`)
  return bytes
}

function open(file: string, bytes: Uint8Array): ArrowTable {
  if (!registered) {
    const refuse = () => {
      throw new Error('nothing is compressed here')
    }
    setCompressionCodec(CompressionType.LZ4_FRAME, {
      encode: refuse,
      decode: (data) => counted(decodeLz4Frame(data, LIMITS.pageBytes)),
    })
    setCompressionCodec(CompressionType.ZSTD, {
      encode: refuse,
      decode: (data) => counted(zstdDecompressSync(data, { maxOutputLength: LIMITS.pageBytes })),
    })
    registered = true
  }
  unpacked = 0
  return guarded(file, () => {
    checkArrowFrame(bytes)
    // A copy at the start of its memory: 64-bit numbers are read where they are aligned.
    return tableFromIPC(Uint8Array.from(bytes), { useDate: true, useBigInt: true })
  })
}

/** Lists and structs have no text of their own: two different ones would count as one slice. */
function plainCell(file: string, column: string, value: unknown): Cell {
  if (typeof value !== 'object' || value === null || value instanceof Date) return value as Cell
  throw malformed(file, `column \`${column}\` holds values that are neither text nor numbers`)
}

function guarded<T>(file: string, read: () => T): T {
  try {
    return read()
  } catch (cause) {
    if (cause instanceof SluiceError) throw cause
    throw malformed(file, cause instanceof Error ? cause.message : 'it cannot be read', cause)
  }
}

function malformed(file: string, found: string, cause?: unknown): SluiceError {
  return new SluiceError('TABLE_MALFORMED', `${file} is not a readable Arrow file: ${found.slice(0, 200)}.`, {
    remedy: 'Write the file again; flat columns, plain or compressed by LZ4 or zstd.',
    at: { file },
    cause,
  })
}

function tooLarge(file: string, found: string): SluiceError {
  return new SluiceError('TABLE_TOO_LARGE', `${file} has ${found}.`, { remedy: 'Evaluate on a sample.' })
}
