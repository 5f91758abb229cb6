import { readFileSync } from 'node:fs'
import { parquetWriteBuffer } from 'hyparquet-writer'
import { describe, expect, test } from 'vitest'
import { readParquet } from '../../src/table/parquet.js'
import type { WantedColumn } from '../../src/table/table.js'

const WANTED: WantedColumn[] = [
  { name: 'id', kind: 'key' },
  { name: 'late', kind: 'word' },
  { name: 'score', kind: 'number' },
  { name: 'single', kind: 'number' },
  { name: 'origin', kind: 'word' },
]

const fixture = (name: string) =>
  readFileSync(new URL(`../fixtures/parquet/${name}.parquet`, import.meta.url))

describe('Parquet', () => {
  // A Buffer on purpose: its `slice` shares memory, where Uint8Array's copies.
  test.each(['none', 'snappy', 'gzip', 'zstd', 'brotli', 'lz4'])(
    'reads what pyarrow wrote with %s',
    async (codec) => {
      const { rows, columns } = await readParquet(codec, fixture(codec), WANTED)
      expect(rows).toBe(200)
      expect(columns.get('id')).toEqual({
        kind: 'key',
        values: Float64Array.from({ length: 200 }, (_, i) => i),
      })
      const score = columns.get('score')
      const single = columns.get('single')
      const origin = columns.get('origin')
      const late = columns.get('late')
      if (score?.kind !== 'number' || single?.kind !== 'number') return expect.fail('no numbers')
      if (origin?.kind !== 'word' || late?.kind !== 'word') return expect.fail('no words')
      expect([...score.values.slice(6, 10)]).toEqual([6 / 7, Number.NaN, Number.NaN, 9 / 7])
      expect([...single.values.slice(0, 3)]).toEqual([0, 0.125, 0.25])
      const word = (row: number) => origin.words[origin.codes[row]!]
      expect([word(0), word(1), word(2), word(9), word(199)]).toEqual(['JFK', 'LAX', 'München', '', 'LAX'])
      expect(late.words[late.codes[3]!]).toBe('true')
    },
  )

  test('names the columns it has when one is missing, or is not flat', async () => {
    for (const name of ['scores', 'nested', 'struct', 'inner']) {
      await expect(
        readParquet('a.parquet', fixture('none'), [{ name, kind: 'number' }]),
      ).rejects.toMatchObject({
        code: 'COLUMN_MISSING',
        message: expect.stringContaining('it has id, late, score, single, origin'),
      })
    }
  })

  test('a truncated or changed file is refused at whatever byte', async () => {
    const whole = fixture('snappy')
    for (let cut = 0; cut < whole.length; cut += 97) {
      await expect(readParquet('a.parquet', whole.subarray(0, cut), WANTED)).rejects.toMatchObject({
        code: expect.stringMatching(/^(TABLE_MALFORMED|TABLE_TOO_LARGE)$/),
      })
    }
  })

  test('a changed byte gives a table or a coded error, never anything else', async () => {
    const whole = fixture('snappy')
    for (let at = 0; at < whole.length; at += 13) {
      const changed = Uint8Array.from(whole)
      changed[at]! ^= 0x55
      try {
        const { rows } = await readParquet('a.parquet', changed, WANTED)
        expect(rows).toBeLessThanOrEqual(200)
      } catch (error) {
        expect(error).toMatchObject({ code: expect.stringMatching(/^(TABLE|COLUMN)_/) })
      }
    }
  })

  test('bytes that are no Parquet are refused', async () => {
    const text = new TextEncoder().encode('PAR1 and then nothing of the kind PAR1')
    await expect(readParquet('a.parquet', text, WANTED)).rejects.toMatchObject({ code: 'TABLE_MALFORMED' })
  })

  test('a day is the same slice in every time zone; bytes are none', async () => {
    const days = [new Date('2001-06-18T00:00:00Z'), new Date('2001-06-18T13:30:00Z')]
    const written = parquetWriteBuffer({
      columnData: [
        { name: 'day', data: days, type: 'TIMESTAMP' },
        { name: 'blob', data: [Uint8Array.of(1), Uint8Array.of(2)], type: 'BYTE_ARRAY' },
        { name: 'json', data: [{ a: 1 }, { a: 2 }], type: 'JSON' },
      ],
    })
    const read = (name: string) => readParquet('a.parquet', new Uint8Array(written), [{ name, kind: 'word' }])
    expect((await read('day')).columns.get('day')).toMatchObject({
      words: ['2001-06-18', '2001-06-18T13:30:00.000Z'],
    })
    await expect(read('json')).rejects.toMatchObject({ code: 'TABLE_MALFORMED' })
  })

  test('keys that are text stay text, whole numbers beyond doubles too', async () => {
    const keys = [9007199254740993n, 1n, -5n]
    const bytes = parquetWriteBuffer({ columnData: [{ name: 'id', data: keys, type: 'INT64' }] })
    const { columns } = await readParquet('a.parquet', new Uint8Array(bytes), [{ name: 'id', kind: 'key' }])
    expect(columns.get('id')).toEqual({ kind: 'key', values: ['9007199254740993', '1', '-5'] })
  })
})
