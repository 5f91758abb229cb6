import { SluiceError } from '@sluice/errors'

/**
 * Rows of a Parquet file by what its footer says, of which nothing else is read.
 * @param read bytes from `start` to before `end`
 * @throws SluiceError TABLE_MALFORMED
 */
export async function parquetRows(
  file: string,
  bytes: number,
  read: (start: number, end: number) => Promise<Uint8Array>,
): Promise<number> {
  const { parquetMetadataAsync } = await import('hyparquet')
  const buffer = {
    byteLength: bytes,
    slice: async (start: number, end = bytes) => {
      const part = await read(start < 0 ? bytes + start : start, end)
      return part.buffer.slice(part.byteOffset, part.byteOffset + part.byteLength) as ArrayBuffer
    },
  }
  try {
    return Number((await parquetMetadataAsync(buffer, { geoparquet: false })).num_rows)
  } catch (cause) {
    throw new SluiceError('TABLE_MALFORMED', `${file} is not a readable Parquet file.`, {
      remedy: 'Write the file again; flat columns, any common compression.',
      at: { file },
      cause,
    })
  }
}
