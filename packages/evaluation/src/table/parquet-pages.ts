import type { ColumnMetaData, Compressors, Encoding, SchemaElement } from 'hyparquet'
import { parquetHeader } from 'hyparquet/src/column.js'
import { decompressPage } from 'hyparquet/src/datapage.js'
import { readPlain } from 'hyparquet/src/plain.js'
import { readHybrid } from './parquet-hybrid.js'

/** Values of one type as they stand in a page, or as a dictionary has them. */
export type Values =
  | {
      readonly type: 'DOUBLE' | 'FLOAT' | 'INT32' | 'INT64'
      readonly bytes: Uint8Array
      readonly count: number
    }
  | { readonly type: 'BYTE_ARRAY'; readonly values: readonly Uint8Array[]; readonly count: number }

/** One data page of a flat column. */
export interface Page {
  readonly rows: number
  /** By row: 1 where there is a value; undefined where every row has one. */
  readonly defined?: Uint8Array
  readonly values: Values
  /** Where the page has a dictionary: which of `values` each defined row has. */
  readonly indices?: Uint32Array
}

const TYPES = ['DOUBLE', 'FLOAT', 'INT32', 'INT64', 'BYTE_ARRAY'] as const
const WIDTHS = { DOUBLE: 8, FLOAT: 4, INT32: 4, INT64: 8 } as const
const ENCODINGS: readonly Encoding[] = ['PLAIN', 'RLE', 'BIT_PACKED', 'PLAIN_DICTIONARY', 'RLE_DICTIONARY']
/** What a value stands for is what its type says: no dates, decimals or unsigned words. */
const PLAIN_MEANINGS = ['UTF8', 'INT_8', 'INT_16', 'INT_32', 'INT_64', 'UINT_8', 'UINT_16'] as const

/** Whether a flat column is of the common kinds that are read without a boxed value a row. */
export function isPlainColumn(element: SchemaElement, chunk: ColumnMetaData): boolean {
  const { converted_type: converted, logical_type: logical } = element
  const known =
    logical === undefined ||
    logical.type === 'STRING' ||
    (logical.type === 'INTEGER' && (logical.isSigned || logical.bitWidth < 32))
  return (
    known &&
    (converted === undefined || PLAIN_MEANINGS.some((meaning) => meaning === converted)) &&
    TYPES.some((type) => type === chunk.type) &&
    chunk.encodings.every((encoding) => ENCODINGS.includes(encoding))
  )
}

/**
 * The data pages of a column chunk (parquet-format 2.11, data pages of both versions; plain and dictionary).
 * Doubles stay the bytes they are, and words of a dictionary their indices.
 * @throws RangeError, Error where the bytes are not what their headers say
 */
export function* pagesOf(
  bytes: Uint8Array,
  element: SchemaElement,
  chunk: ColumnMetaData,
  rows: number,
  compressors: Compressors,
): Iterable<Page> {
  const reader = { view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), offset: 0 }
  const type = chunk.type as Values['type']
  const optional = element.repetition_type !== 'REQUIRED'
  const unpacked = (packed: Uint8Array, size: number) => {
    if (!(size >= 0)) throw new Error('a page does not say how long it is')
    return decompressPage(packed, size, chunk.codec, compressors)
  }
  let dictionary: Values | undefined
  for (let seen = 0; seen < rows; ) {
    const header = parquetHeader(reader)
    const { compressed_page_size: packedSize, uncompressed_page_size: size } = header
    const packed = part(bytes, reader.offset, packedSize)
    reader.offset += packedSize
    if (header.dictionary_page_header !== undefined) {
      const { num_values: count } = header.dictionary_page_header
      dictionary = plainValues(unpacked(packed, size), type, count)
      continue
    }
    const first = header.data_page_header
    const second = header.data_page_header_v2
    const about = first ?? second
    if (about === undefined) continue
    const count = about.num_values
    if (!(count >= 0 && count <= rows - seen)) throw new Error('a page has more rows than its row group')
    let levels: Uint8Array | undefined
    let body: Uint8Array
    if (second !== undefined && first === undefined) {
      const [repeated, defining] = [
        second.repetition_levels_byte_length,
        second.definition_levels_byte_length,
      ]
      if (optional) levels = part(packed, repeated, defining)
      const rest = packed.subarray(repeated + defining)
      body = second.is_compressed === false ? rest : unpacked(rest, size - repeated - defining)
    } else {
      body = unpacked(packed, size)
      if (optional) {
        const length = new DataView(body.buffer, body.byteOffset, body.byteLength).getUint32(0, true)
        levels = part(body, 4, length)
        body = body.subarray(4 + length)
      }
    }
    const { defined, present } = definedRows(levels, count)
    const base = { rows: count, ...(defined === undefined ? {} : { defined }) }
    if (about.encoding === 'PLAIN') {
      yield { ...base, values: plainValues(body, type, present) }
    } else if (about.encoding === 'PLAIN_DICTIONARY' || about.encoding === 'RLE_DICTIONARY') {
      if (dictionary === undefined) throw new Error('a page needs a dictionary, and there is none')
      const indices = new Uint32Array(present)
      if (present > 0) readHybrid(body.subarray(1), body[0]!, indices)
      yield { ...base, values: dictionary, indices }
    } else throw new Error(`a page is encoded as ${about.encoding}, which its column does not say`)
    seen += count
  }
}

function definedRows(
  levels: Uint8Array | undefined,
  rows: number,
): { defined: Uint8Array | undefined; present: number } {
  if (levels === undefined) return { defined: undefined, present: rows }
  const defined = new Uint8Array(rows)
  readHybrid(levels, 1, defined)
  let present = 0
  for (let row = 0; row < rows; row++) present += defined[row]!
  return { defined: present === rows ? undefined : defined, present }
}

function plainValues(body: Uint8Array, type: Values['type'], count: number): Values {
  if (type !== 'BYTE_ARRAY') return { type, bytes: part(body, 0, count * WIDTHS[type]), count }
  const reader = { view: new DataView(body.buffer, body.byteOffset, body.byteLength), offset: 0 }
  // Each value has four bytes of length, so that a count cannot ask for more memory than the page has.
  if (!(count >= 0 && count * 4 <= body.length)) throw new Error('a page is shorter than its values')
  return { type, values: readPlain(reader, type, count, undefined) as Uint8Array[], count }
}

function part(bytes: Uint8Array, start: number, length: number): Uint8Array {
  if (!(start >= 0 && length >= 0 && start + length <= bytes.length))
    throw new Error('a page is shorter than it says')
  return bytes.subarray(start, start + length)
}
