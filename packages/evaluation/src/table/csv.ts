import { type ColumnBuilder, columnBuilder, KeyBuilder, NumberBuilder, WordBuilder } from './builder.js'
import { CsvScanner, malformed, tooLarge } from './csv-scanner.js'
import { LIMITS } from './limits.js'
import { missingColumns, type Table, type WantedColumn } from './table.js'

/**
 * Reads the wanted columns of a CSV file with a header (RFC 4180; also LF line ends and a byte-order mark).
 * One pass over the bytes; a number in plain form never becomes a string.
 * @throws SluiceError TABLE_MALFORMED with the line, TABLE_TOO_LARGE, COLUMN_MISSING
 */
export function readCsv(
  file: string,
  bytes: Uint8Array,
  wanted: readonly WantedColumn[],
  separator = ',',
): Table {
  if (isUtf16(bytes)) throw malformed(file, 1, 'the file is UTF-16; expected UTF-8')
  const scanner = new CsvScanner(file, bytes, separator.charCodeAt(0))
  const header: string[] = []
  do {
    scanner.next()
    header.push(scanner.text())
    if (header.length > LIMITS.columns) throw tooLarge(file, `more than ${LIMITS.columns} columns`)
  } while (!scanner.endsRow)
  const repeated = header.find(
    (name, index) => header.indexOf(name) !== index && wanted.some((w) => w.name === name),
  )
  if (repeated !== undefined) throw malformed(file, 1, `column \`${repeated}\` appears twice`)
  const missing = missingColumns(file, wanted, header)
  if (missing) throw missing

  const builders = new Map<string, ColumnBuilder>()
  for (const { name, kind } of wanted)
    if (header.includes(name)) builders.set(name, columnBuilder(kind, name))
  const byField = header.map((name) => cellReader(builders.get(name)))
  let rows = 0
  while (!scanner.atEnd()) {
    const line = scanner.line
    let field = 0
    do {
      scanner.next()
      byField[field++]?.(scanner)
    } while (!scanner.endsRow && field < header.length)
    if (field < header.length || !scanner.endsRow) {
      throw malformed(
        file,
        line,
        `the row has ${scanner.endsRow ? field : 'more'} fields; the header has ${header.length}`,
      )
    }
    if (++rows > LIMITS.rows) throw tooLarge(file, `more than ${LIMITS.rows} rows`)
  }
  return { rows, columns: new Map([...builders].map(([name, builder]) => [name, builder.finish()])) }
}

/** By its byte-order mark, which Excel's "Unicode text" and PowerShell write. */
function isUtf16(bytes: Uint8Array): boolean {
  return (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff)
}

/** How a column takes its field from the scanner: as bytes where that will do, as text where it must. */
function cellReader(builder: ColumnBuilder | undefined): ((scanner: CsvScanner) => void) | undefined {
  if (builder instanceof NumberBuilder) return (scanner) => builder.addNumber(scanner.number())
  if (builder instanceof KeyBuilder) {
    return (scanner) => {
      const whole = scanner.whole()
      if (whole === -1) builder.add(scanner.text())
      else builder.addWhole(whole)
    }
  }
  if (builder instanceof WordBuilder) {
    const codes = new Map<number, number>()
    return (scanner) => {
      const bytes = scanner.shortBytes()
      let code = codes.get(bytes)
      if (code === undefined) {
        code = builder.codeOf(scanner.text())
        if (bytes !== -1) codes.set(bytes, code)
      }
      builder.addCode(code)
    }
  }
  return builder === undefined ? undefined : (scanner) => builder.add(scanner.text())
}
