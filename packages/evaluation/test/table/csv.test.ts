import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readCsv } from '../../src/table/csv.js'
import { inputFormat } from '../../src/table/read.js'
import type { WantedColumn } from '../../src/table/table.js'

const bytes = (text: string) => new TextEncoder().encode(text)
const read = (text: string, ...wanted: WantedColumn[]) => readCsv('a.csv', bytes(text), wanted)
const words = (text: string, name: string) => {
  const column = read(text, { name, kind: 'word' }).columns.get(name)
  return column?.kind === 'word' ? [...column.codes].map((code) => column.words[code]) : undefined
}
const numbers = (text: string, name: string) => {
  const column = read(text, { name, kind: 'number' }).columns.get(name)
  return column?.kind === 'number' ? [...column.values] : undefined
}

describe('CSV', () => {
  test.each([
    ['LF', 'a,b\n1,x\n2,y\n', ['x', 'y']],
    ['CRLF', 'a,b\r\n1,x\r\n2,y\r\n', ['x', 'y']],
    ['no newline at the end', 'a,b\n1,x\n2,y', ['x', 'y']],
    ['a byte-order mark', '\ufeffa,b\n1,x\n', ['x']],
    ['quotes', 'a,"b"\n1,"x, y"\n2,"say ""z"""\n', ['x, y', 'say "z"']],
    ['a newline in quotes', 'a,b\n1,"x\ny"\n2,z\n', ['x\ny', 'z']],
    ['empty fields', 'a,b\n1,\n2,""\n', ['', '']],
    ['blank lines between rows', 'a,b\n1,x\n\n\n2,y\n', ['x', 'y']],
    ['other scripts', 'a,b\n1,München\n2,東京\n', ['München', '東京']],
    ['a header and no rows', 'a,b\n', []],
  ])('%s', (_, text, expected) => {
    expect(words(text, 'b')).toEqual(expected)
  })

  test.each([
    ['too few fields', 'a,b\n1,x\n2\n', 3],
    ['too many fields', 'a,b\n1,x,y\n', 2],
    ['a quote that never closes', 'a,b\n1,"x\n2,y\n', 2],
    ['text after a closing quote', 'a,b\n1,"x"y\n', 2],
    ['lines inside quotes are counted', 'a,b\n1,"x\n\n"\n2\n', 5],
    ['nothing at all', '', 1],
    ['a wanted column twice', 'b,b\n1,2\n', 1],
  ])('%s: refused with its line', (_, text, line) => {
    expect(() => words(text, 'b')).toThrow(
      expect.objectContaining({ code: 'TABLE_MALFORMED', at: { file: 'a.csv', line } }),
    )
  })

  test('a missing column names those there are', () => {
    expect(() => words('a,b\n1,2\n', 'score')).toThrow(
      expect.objectContaining({
        code: 'COLUMN_MISSING',
        message: 'a.csv has no column `score`; it has a, b.',
      }),
    )
  })

  test.each([
    ['a mistyped name', 'id,score\n1,2\n', 'scroe', 'Did you mean `score`?'],
    ['semicolons', 'id;score\n1;2\n', 'score', 'Separate fields by commas'],
    ['tabs', 'id\tscore\n1\t2\n', 'score', 'named .tsv'],
  ])('%s: the remedy says what was probably meant', (_, text, wanted, remedy) => {
    expect(() => words(text, wanted)).toThrow(
      expect.objectContaining({ code: 'COLUMN_MISSING', remedy: expect.stringContaining(remedy) }),
    )
  })

  test('a name like none there gets no guess', () => {
    expect(() => words('id,score\n1,2\n', 'distance')).toThrow(
      expect.objectContaining({ remedy: expect.not.stringContaining('Did you mean') }),
    )
  })

  test('a field without end is refused', () => {
    expect(() => words(`a,b\n1,"${'x'.repeat(70_000)}"\n`, 'b')).toThrow(
      expect.objectContaining({ code: 'TABLE_TOO_LARGE' }),
    )
  })

  test('what is no number in plain form is NaN, never a guess', () => {
    const text =
      'a,b\n1,\n1,nan\n1,NaN\n1,inf\n1,-Infinity\n1,0x10\n1,1_000\n1, 5\n1,five\n1,-\n1,.\n1,1e\n1,"1,5"\n'
    expect(numbers(text, 'b')!.every(Number.isNaN)).toBe(true)
  })

  test('numbers are what JavaScript reads, to the last bit', () => {
    const number = fc.oneof(
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.integer(),
      fc.constantFrom(5e-324, 1.7976931348623157e308, 0.1, 123456789012345680, 1e22, 1e23),
    )
    const form = fc.constantFrom(
      String,
      (x: number) => x.toFixed(6),
      (x: number) => x.toExponential(),
    )
    fc.assert(
      fc.property(fc.array(fc.tuple(number, form), { minLength: 1, maxLength: 50 }), (cells) => {
        const texts = cells.map(([x, write]) => write(x))
        expect(numbers(`a\n${texts.join('\n')}\n`, 'a')).toEqual(texts.map(Number))
      }),
    )
  })

  test('any table comes back as it was written', () => {
    const cell = fc.string({ maxLength: 8, unit: fc.constantFrom('a', '"', ',', '\n', '\r', ' ', 'é', '0') })
    fc.assert(
      fc.property(
        fc.array(fc.tuple(cell, cell), { minLength: 1, maxLength: 20 }),
        fc.constantFrom('\n', '\r\n'),
        (rows, end) => {
          const quote = (text: string) => `"${text.replaceAll('"', '""')}"`
          const text = [['a', 'b'], ...rows].map((row) => row.map(quote).join(',')).join(end)
          expect(words(text, 'a')).toEqual(rows.map(([first]) => first))
          expect(words(text, 'b')).toEqual(rows.map(([, second]) => second))
        },
      ),
    )
  })

  test('keys stay numbers until one is not', () => {
    const key = (text: string) => read(text, { name: 'id', kind: 'key' }).columns.get('id')
    expect(key('id\n3\n1\n-2\n')).toEqual({ kind: 'key', values: new Float64Array([3, 1, -2]) })
    expect(key('id\n3\n1\n01\n')).toEqual({ kind: 'key', values: ['3', '1', '01'] })
  })
})

test('UTF-16 is named, in either order', () => {
  const little = Buffer.from('\ufeffa,b\n1,2\n', 'utf16le')
  for (const bytes of [little, Buffer.from(little).swap16()])
    expect(() => readCsv('a.csv', bytes, [{ name: 'b', kind: 'word' }])).toThrow(
      expect.objectContaining({ code: 'TABLE_MALFORMED', message: expect.stringContaining('UTF-16') }),
    )
})

test.each(['a.csv.gz', 'a.csv', 'a.jsonl'])('%s that gzip compressed is told to be unpacked', (file) => {
  expect(() => inputFormat(file, gzipSync('a,b\n1,2\n'))).toThrow(
    expect.objectContaining({
      code: 'TABLE_FORMAT_UNKNOWN',
      message: `${file} is compressed by gzip; expected it unpacked.`,
    }),
  )
})
