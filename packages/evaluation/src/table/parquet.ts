import { SluiceError } from '@sluice/errors'
import {
  type AsyncBuffer,
  type ColumnData,
  type Compressors,
  type FileMetaData,
  parquetMetadataAsync,
  parquetRead,
} from 'hyparquet'
import { compressors } from 'hyparquet-compressors'
import { type Cell, type ColumnBuilder, columnBuilder } from './builder.js'
import { LIMITS } from './limits.js'
import { pageSink } from './page-sink.js'
import { plainChunk, readPages } from './parquet-chunk.js'
import { missingColumns, type Table, type WantedColumn } from './table.js'

/**
 * Reads the wanted columns of a Parquet file, one row group at a time: the common kinds of columns page by page into
 * typed arrays, the others by boxed values, of which no more than one group's are in memory.
 * @throws SluiceError TABLE_MALFORMED, TABLE_TOO_LARGE, COLUMN_MISSING
 */
export async function readParquet(
  file: string,
  bytes: Uint8Array,
  wanted: readonly WantedColumn[],
): Promise<Table> {
  const buffer = asyncBuffer(bytes)
  const metadata = await guarded(file, () => parquetMetadataAsync(buffer, { geoparquet: false }))
  const present = checkMetadata(file, metadata, wanted)

  const builders = new Map<string, ColumnBuilder>()
  for (const { name, kind } of wanted)
    if (present.includes(name)) builders.set(name, columnBuilder(kind, name, Number(metadata.num_rows)))
  const sinks = new Map([...builders].map(([name, builder]) => [name, pageSink(builder)]))
  const capped = cappedCompressors(file, compressors)
  let rowStart = 0
  for (const group of metadata.row_groups) {
    const rowEnd = rowStart + Number(group.num_rows)
    const boxed: string[] = []
    for (const [name, sink] of sinks) {
      const plain = plainChunk(metadata, group, name)
      if (plain === undefined) boxed.push(name)
      else await guarded(file, async () => readPages(bytes, plain, rowEnd - rowStart, capped, sink))
    }
    if (boxed.length > 0) await readBoxed(boxed, rowStart, rowEnd)
    rowStart = rowEnd
  }
  return {
    rows: rowStart,
    columns: new Map([...builders].map(([name, builder]) => [name, builder.finish()])),
  }

  /** Columns of the rarer kinds, as hyparquet understands them: a boxed value a row, one row group at a time. */
  async function readBoxed(names: readonly string[], rowStart: number, rowEnd: number): Promise<void> {
    // What throws inside `onChunk` would be an unhandled rejection, so chunks are only kept there.
    const chunks: ColumnData[] = []
    await guarded(file, () =>
      parquetRead({
        file: buffer,
        metadata,
        columns: [...names],
        rowStart,
        rowEnd,
        compressors: capped,
        geoparquet: false,
        onChunk: (chunk) => chunks.push(chunk),
      }),
    )
    for (const name of names) {
      const builder = builders.get(name)!
      let filled = 0
      for (const { columnName, columnData } of chunks) {
        if (columnName !== name) continue
        for (let i = 0; i < columnData.length; i++) builder.add(plainCell(file, name, columnData[i]))
        filled += columnData.length
      }
      if (filled === rowEnd - rowStart) continue
      throw malformed(file, `column \`${name}\` has ${filled} of ${rowEnd - rowStart} rows in a row group`)
    }
  }
}

/**
 * One column of a Parquet file whose values are bytes, none of them missing.
 * @throws SluiceError TABLE_MALFORMED, TABLE_TOO_LARGE, COLUMN_MISSING
 */
export async function readParquetBytes(file: string, bytes: Uint8Array, name: string): Promise<Uint8Array[]> {
  const buffer = asyncBuffer(bytes)
  const metadata = await guarded(file, () => parquetMetadataAsync(buffer, { geoparquet: false }))
  checkMetadata(file, metadata, [{ name, kind: 'word' }])
  const chunks: ColumnData[] = []
  await guarded(file, () =>
    parquetRead({
      file: buffer,
      metadata,
      columns: [name],
      compressors: cappedCompressors(file, compressors),
      geoparquet: false,
      utf8: false,
      onChunk: (chunk) => chunks.push(chunk),
    }),
  )
  const values = chunks.flatMap(({ columnData }) => Array.from(columnData as ArrayLike<unknown>))
  if (values.length === Number(metadata.num_rows) && values.every((value) => value instanceof Uint8Array))
    return values
  throw malformed(file, `column \`${name}\` is not of bytes in every row`)
}

function asyncBuffer(bytes: Uint8Array): AsyncBuffer {
  return {
    byteLength: bytes.byteLength,
    // A copy: `Buffer.slice` would share the memory of the whole pool.
    slice: (start, end) => Uint8Array.prototype.slice.call(bytes, start, end).buffer,
  }
}

/** Bytes and decoded JSON have no text of their own: two different ones would count as one slice. */
function plainCell(file: string, column: string, cell: unknown): Cell {
  if (typeof cell !== 'object' || cell === null || cell instanceof Date) return cell as Cell
  throw malformed(file, `column \`${column}\` holds values that are neither text nor numbers`)
}

/** @returns the names of the flat columns */
function checkMetadata(
  file: string,
  metadata: FileMetaData,
  wanted: readonly WantedColumn[],
): readonly string[] {
  const root = metadata.schema[0]
  const flat: string[] = []
  // The schema is a depth-first list; a child of the root with children of its own is skipped whole.
  for (let i = 1, left = root?.num_children ?? 0; left > 0 && i < metadata.schema.length; left--) {
    const element = metadata.schema[i]!
    if (!element.num_children && element.repetition_type !== 'REPEATED') flat.push(element.name)
    let below = element.num_children ?? 0
    for (i++; below > 0 && i < metadata.schema.length; i++)
      below += (metadata.schema[i]!.num_children ?? 0) - 1
  }
  const missing = missingColumns(file, wanted, flat)
  if (missing) throw missing
  let rows = 0
  for (const group of metadata.row_groups) {
    rows += Number(group.num_rows)
    if (!(rows <= LIMITS.rows) || group.num_rows < 0) throw tooLarge(file, `more than ${LIMITS.rows} rows`)
    for (const { meta_data: chunk } of group.columns) {
      if (chunk && Number(chunk.total_uncompressed_size) > LIMITS.chunkBytes) {
        throw tooLarge(file, `a column chunk of more than ${LIMITS.chunkBytes} bytes`)
      }
    }
  }
  if (rows !== Number(metadata.num_rows)) {
    throw malformed(file, `its row groups have ${rows} rows, its footer says ${metadata.num_rows}`)
  }
  return flat
}

/** Refuses a page before its memory is taken, whatever its header claims. */
function cappedCompressors(file: string, compressors: Compressors): Compressors {
  const capped: Compressors = {}
  for (const [codec, decompress] of Object.entries(compressors) as [
    keyof Compressors,
    Compressors[keyof Compressors],
  ][]) {
    capped[codec] = (input, outputLength) => {
      if (outputLength > LIMITS.pageBytes) throw tooLarge(file, `a page of ${outputLength} bytes`)
      return decompress!(input, outputLength)
    }
  }
  return capped
}

async function guarded<T>(file: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read()
  } catch (cause) {
    if (cause instanceof SluiceError) throw cause
    throw malformed(file, cause instanceof Error ? cause.message : 'it cannot be read', cause)
  }
}

function malformed(file: string, found: string, cause?: unknown): SluiceError {
  return new SluiceError('TABLE_MALFORMED', `${file} is not a readable Parquet file: ${found}.`, {
    remedy: 'Write the file again; flat columns, any common compression.',
    at: { file },
    cause,
  })
}

function tooLarge(file: string, found: string): SluiceError {
  return new SluiceError('TABLE_TOO_LARGE', `${file} has ${found}.`, {
    remedy: 'Evaluate on a sample, or in smaller row groups.',
  })
}
