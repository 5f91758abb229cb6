import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { homedir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { DUCKDB } from '../../packages/evaluation/src/slices/condition/dialects.js'
import { evaluateCondition } from '../../packages/evaluation/src/slices/condition/evaluate.js'
import { conditionSql } from '../../packages/evaluation/src/slices/condition/sql.js'
import type { Table } from '../../packages/evaluation/src/table/table.js'
import { anyCondition } from '../../packages/evaluation/test/slices/conditions.js'

const folder = join(process.env['SLUICE_PEERS'] ?? join(homedir(), '.cache/sluice/peers'), 'duckdb-1.5.6-r.1')
const peer = existsSync(join(folder, 'node_modules/@duckdb/node-api'))

interface Api {
  readonly DuckDBInstance: { create(path: string): Promise<{ connect(): Promise<Connection> }> }
}
interface Connection {
  run(sql: string): Promise<unknown>
  runAndReadAll(sql: string): Promise<{ getRows(): unknown[][] }>
}

/** Words that look like numbers, nearly do, and mean something in SQL. */
const WORDS = [
  '',
  'AA',
  'DL',
  'aa',
  '1',
  ' 1',
  '1.5',
  '-2',
  '1e2',
  'inf',
  'nan',
  '0x10',
  '1_000',
  "it's",
  'a"b',
  '\\',
  "\\'",
  '--',
  'é',
  '100%',
  '_',
]
const NUMBERS = [0, 1, -2, 1.5, 100, 1e300, -1e-5]

describe.skipIf(!peer)('duckdb', () => {
  test('a condition picks the same rows in SQL as in process', async () => {
    const { DuckDBInstance } = createRequire(join(folder, 'x.js'))('@duckdb/node-api') as Api
    const connection = await (await DuckDBInstance.create(':memory:')).connect()
    const rows = Array.from({ length: 200 }, (_, i) => ({
      word: WORDS[i % WORDS.length]!,
      number: i % 7 === 0 ? Number.NaN : NUMBERS[i % NUMBERS.length]!,
    }))
    const quoted = (word: string) => (word === '' ? 'null' : DUCKDB.word(word))
    const values = rows.map(
      ({ number, word }, i) => `(${i}, ${quoted(word)}, ${Number.isNaN(number) ? 'null' : number})`,
    )
    await connection.run('create table t (id integer, "the ""word""" varchar, number double)')
    await connection.run(`insert into t values ${values.join(', ')}`)
    const words = [...new Set(WORDS)]
    const table: Table = {
      rows: rows.length,
      columns: new Map([
        [
          'the "word"',
          { kind: 'word', words, codes: Int32Array.from(rows, ({ word }) => words.indexOf(word)) },
        ],
        ['number', { kind: 'number', values: Float64Array.from(rows, ({ number }) => number) }],
      ]),
    }
    const onWords = anyCondition(
      fc.constant('the "word"'),
      fc.oneof(fc.constantFrom(...WORDS), fc.constantFrom(...NUMBERS)),
    )
    // A number's own text differs from engine to engine, so numbers are compared with numbers.
    const onNumbers = anyCondition(fc.constant('number'), fc.constantFrom(...NUMBERS))
    await fc.assert(
      fc.asyncProperty(fc.oneof(onWords, onNumbers), async (condition) => {
        const ours = [...evaluateCondition(condition, table)].flatMap((met, i) => (met === 1 ? [i] : []))
        const sql = `select id from t where ${conditionSql(condition, DUCKDB)} order by id`
        const theirs = (await connection.runAndReadAll(sql)).getRows().map(([id]) => id)
        expect(theirs).toEqual(ours)
      }),
      { numRuns: 400 },
    )
  })
})
