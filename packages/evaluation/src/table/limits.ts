/** Caps on what is read: everything in a table is hostile until it has been counted. */
export const LIMITS = {
  /** A larger file is refused before it is opened. */
  fileBytes: 1024 * 1024 * 1024,
  rows: 20_000_000,
  columns: 10_000,
  /** One CSV field or one word of a column. */
  fieldBytes: 64 * 1024,
  /** One line of JSON lines; a summary file. */
  lineBytes: 4 * 1024 * 1024,
  /** One decompressed Parquet page, and one decompressed column chunk. */
  pageBytes: 256 * 1024 * 1024,
  chunkBytes: 1024 * 1024 * 1024,
  /** All columns of an Arrow file, which are unpacked together. */
  unpackedBytes: 2 * 1024 * 1024 * 1024,
  /** Distinct words of a slice or label column. */
  words: 1_000_000,
} as const
