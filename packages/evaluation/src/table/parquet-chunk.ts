import type { ColumnMetaData, Compressors, FileMetaData, RowGroup, SchemaElement } from 'hyparquet'
import { isPlainColumn, type Page, pagesOf } from './parquet-pages.js'

export interface PlainChunk {
  readonly element: SchemaElement
  readonly meta: ColumnMetaData
}

/** A column's chunk in a row group, when it is of the kinds that are read page by page. */
export function plainChunk(metadata: FileMetaData, group: RowGroup, name: string): PlainChunk | undefined {
  const chunk = group.columns.find(
    ({ meta_data: meta }) => meta?.path_in_schema.length === 1 && meta.path_in_schema[0] === name,
  )
  const elements = metadata.schema.filter((element) => element.name === name)
  const [element] = elements
  if (chunk?.meta_data === undefined || chunk.file_path !== undefined) return undefined
  // A nested column may have a leaf of the same name.
  if (element === undefined || elements.length > 1) return undefined
  return isPlainColumn(element, chunk.meta_data) ? { element, meta: chunk.meta_data } : undefined
}

/** Hands every page of the chunk to `sink`. @throws Error where the bytes are not what they say */
export function readPages(
  bytes: Uint8Array,
  { element, meta }: PlainChunk,
  rows: number,
  compressors: Compressors,
  sink: (page: Page) => void,
): void {
  const { data_page_offset: data, dictionary_page_offset: dictionary } = meta
  // Some writers leave the dictionary's offset at 0.
  const start = Number(dictionary !== undefined && dictionary > 0n && dictionary < data ? dictionary : data)
  const end = start + Number(meta.total_compressed_size)
  if (!(start >= 4 && end <= bytes.length)) throw new Error('a column chunk lies outside the file')
  for (const page of pagesOf(bytes.subarray(start, end), element, meta, rows, compressors)) sink(page)
}
