import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { columnNames } from '../../src/table/column-names.js'
import { decodeLz4Frame } from '../../src/table/lz4-frame.js'
import { inputFormat, readTable } from '../../src/table/read.js'
import { columnOf, type WantedColumn } from '../../src/table/table.js'

/** Written by pyarrow 26.0.1: arrow/write.py. */
const file = (name: string) => new Uint8Array(readFileSync(new URL(`arrow/${name}`, import.meta.url)))

const WANTED: WantedColumn[] = [
  { name: 'id', kind: 'key' },
  { name: 'score', kind: 'number' },
  { name: 'single', kind: 'number' },
  { name: 'origin', kind: 'word' },
  { name: 'late', kind: 'word' },
  { name: 'day', kind: 'word' },
]

test.each([
  ['plain.feather', 300],
  ['stream.arrows', 300],
  ['lz4.feather', 3000],
  ['zstd.feather', 3000],
])('%s is read as pyarrow wrote it', async (name, rows) => {
  const bytes = file(name)
  const format = inputFormat(name, bytes)
  expect(format).toBe('arrow')
  expect(await columnNames(name, bytes, 'arrow')).toEqual(WANTED.map((column) => column.name))
  const table = await readTable(name, bytes, 'arrow', WANTED)
  expect(table.rows).toBe(rows)
  expect([...columnOf(table, 'id', 'key').values].slice(0, 3)).toEqual([0, 1, 2])
  expect(columnOf(table, 'id', 'key').values.at(-1)).toBe(rows - 1)
  const { values } = columnOf(table, 'score', 'number')
  expect([values[1], values[7], values.at(-1)]).toEqual([1 / 3000, Number.NaN, (rows - 1) / 3000])
  expect(columnOf(table, 'single', 'number').values[5]).toBe(2.5)
  const words = (column: string) => {
    const found = columnOf(table, column, 'word')
    return [...found.codes.slice(0, 5)].map((code) => found.words[code])
  }
  expect(words('origin')).toEqual(['ATL', 'JFK', '', 'ATL', 'JFK'])
  expect(words('late')).toEqual(['true', 'false', 'false', 'false', 'true'])
  expect(words('day')).toEqual(['2026-03-01', '2026-03-02', '2026-03-03', '2026-03-04', '2026-03-05'])
})

test('columns that are not there, and lists, are named', async () => {
  const read = (name: string, column: string) =>
    readTable(name, file(name), 'arrow', [{ name: column, kind: 'word' }])
  await expect(read('plain.feather', 'nope')).rejects.toMatchObject({ code: 'COLUMN_MISSING' })
  await expect(read('nested.feather', 'list')).rejects.toMatchObject({
    code: 'TABLE_MALFORMED',
    message: expect.stringContaining('`list` holds values that are neither text nor numbers'),
  })
})

test('bytes that are changed or cut short are refused or read, and nothing else', async () => {
  const whole = file('lz4.feather')
  await fc.assert(
    fc.asyncProperty(fc.nat(whole.length - 1), fc.nat(255), fc.boolean(), async (at, byte, cut) => {
      const bytes = cut ? whole.slice(0, at) : whole.slice()
      if (!cut) bytes[at] = byte
      try {
        const { rows } = await readTable('x.arrow', bytes, 'arrow', WANTED)
        expect(rows).toBeLessThanOrEqual(20_000_000)
      } catch (error) {
        expect(error).toMatchObject({ code: expect.stringMatching(/^(TABLE_|COLUMN_MISSING)/) })
      }
    }),
    { numRuns: 200 },
  )
}, 60_000)

test.each([
  ['a list of the schema', 550, 'goes beyond its bytes'],
  ['a dictionary', 610, 'values; at most'],
])(
  '%s that says it is longer than the file could hold is refused before memory is taken for it',
  async (_, at, says) => {
    const bytes = file('lz4.feather')
    bytes[at] = 127
    await expect(readTable('x.arrow', bytes, 'arrow', WANTED)).rejects.toMatchObject({
      code: 'TABLE_MALFORMED',
      message: expect.stringContaining(says),
    })
  },
)

const frame = (...blocks: number[][]) =>
  Uint8Array.of(
    0x04,
    0x22,
    0x4d,
    0x18,
    0x40,
    0x40,
    0xc0,
    ...blocks.flatMap((block) => [block.length & 255, block.length >> 8, 0, 0, ...block]),
    0,
    0,
    0,
    0,
  )

test('LZ4 blocks: literals, matches that run into themselves, long lengths', () => {
  // One literal `a`, then a match of distance 1 and length 4 + 15 + 3, then the literals that end it.
  const bytes = frame([0x1f, 0x61, 1, 0, 3, 0x50, 0x62, 0x63, 0x64, 0x65, 0x66])
  expect(Buffer.from(decodeLz4Frame(bytes, 1000)).toString()).toBe(`${'a'.repeat(23)}bcdef`)
})

test.each([
  ['no frame', Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8), 'no LZ4 frame'],
  ['a match before the start', frame([0x1f, 0x61, 9, 0, 0]), 'before the start'],
  ['a block that is cut short', frame([0xf0]), 'cut short'],
  ['more than is allowed', frame([0x1f, 0x61, 1, 0, 255, 255, 255, 255, 0]), 'more than 1000 bytes'],
  ['no end', frame([0x10, 0x61]).slice(0, -4), 'cut short'],
])('an LZ4 frame with %s is refused', (_, bytes, says) => {
  expect(() => decodeLz4Frame(bytes, 1000)).toThrow(says)
})
