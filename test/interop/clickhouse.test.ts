import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { clickhouseEngine } from '../../packages/evaluation/src/engines/clickhouse.js'
import type { SqlTable, SqlValue } from '../../packages/evaluation/src/engines/engine.js'
import { CLICKHOUSE } from '../../packages/evaluation/src/slices/condition/dialects.js'
import { evaluateCondition } from '../../packages/evaluation/src/slices/condition/evaluate.js'
import { conditionSql } from '../../packages/evaluation/src/slices/condition/sql.js'
import { daemon, freePort } from './balancers.js'
import { anyRowCondition, conditionRows, conditionTable } from './condition-rows.js'
import { holdsAsInProcess } from './pushdown/on-server.js'
import type { Row } from './pushdown/rows.js'
import { once, type Stored } from './pushdown/servers.js'

const peer = join(
  process.env['SLUICE_PEERS'] ?? join(homedir(), '.cache/sluice/peers'),
  'chdb-26.9.0/bin/python',
)
const program = fileURLToPath(new URL('chdb_http.py', import.meta.url))

describe.skipIf(!existsSync(peer))("clickhouse's engine (chdb)", () => {
  const password = randomBytes(12).toString('base64')
  let url: string
  let server: AsyncDisposable
  beforeAll(async () => {
    const port = await freePort()
    url = `http://127.0.0.1:${port}`
    server = await daemon(
      peer,
      {},
      () => [program, String(port)],
      async () => (await fetch(url)).ok,
      60,
      { CHDB_USER: 'gate', CHDB_PASSWORD: password },
    )
  })
  afterAll(() => server?.[Symbol.asyncDispose]())

  const engine = (changed: object = {}) =>
    clickhouseEngine({
      url,
      user: 'gate',
      password,
      fetch,
      sleep: async (ms: number) => void (await sleep(ms)),
      ...changed,
    })

  async function rowsOf(sql: string, changed: object = {}): Promise<SqlValue[][]> {
    const own = engine(changed)
    const rows: SqlValue[][] = []
    for await (const batch of own.query(sql)) rows.push(...batch.map((row) => [...row]))
    await own.close()
    return rows
  }

  /** What gives no rows, past the engine, which takes nothing for an answer without columns. */
  async function run(sql: string): Promise<void> {
    const authorization = `Basic ${Buffer.from(`gate:${password}`).toString('base64')}`
    const response = await fetch(url, { method: 'POST', body: sql, headers: { authorization } })
    expect(response.ok, await response.text()).toBe(true)
  }

  test('states its version', async () => {
    expect(await rowsOf('select version()')).toEqual([[expect.stringMatching(/^26\.9\./)]])
  })

  test('values come as they are: no number is rounded, no word changed', async () => {
    const words = [
      "it's",
      'a"b',
      '\\',
      '\\n',
      'é😀',
      '%_',
      '--',
      'nan',
      'a\nb\tc\u0001',
      '',
      '<b>',
      '9007199254740993',
    ]
    const sql = `select nan, inf, -inf, -0.0, 9007199254740991, 9007199254740993, -9223372036854775807, 0.1 + 0.2,
      5e-324, 1.7976931348623157e308, 2.7890840981819507e20, toDecimal64('1.25', 2), toDecimal128('12345678901234567890', 0), toDecimal64('7.00', 2),
      toFloat32(0.5), null, true, toDate('2026-03-03'), ${words.map(CLICKHOUSE.word).join(', ')}`
    const [row] = await rowsOf(sql)
    expect(row).toEqual([
      Number.NaN,
      Infinity,
      -Infinity,
      -0,
      9007199254740991,
      '9007199254740993',
      '-9223372036854775807',
      0.1 + 0.2,
      5e-324,
      Number.MAX_VALUE,
      2.7890840981819507e20,
      1.25,
      '12345678901234567890',
      7,
      0.5,
      null,
      true,
      '2026-03-03',
      ...words,
    ])
  })

  test('a statement means what it means in the standard', async () => {
    const sql = `select a.x, b.y, (select sum(z) from (select 1 as z where 1 = 0)), cast(null as Float64), count(distinct a.x)
      from (select 1 as x, 'k' as k) a full outer join (select 2 as y, 'l' as k) b on a.k = b.k group by a.x, b.y order by a.x nulls last`
    expect(await rowsOf(sql)).toEqual([
      [1, null, null, null, 1],
      [null, 2, null, null, 0],
    ])
  })

  test('a long answer comes in batches, all of it', async () => {
    const rows = await rowsOf('select number from numbers(20000)')
    expect(rows.map(([one]) => one)).toEqual(Array.from({ length: 20000 }, (_, i) => i))
  })

  test('a condition picks the same rows in SQL as in process', async () => {
    const rows = conditionRows(200)
    const values = rows.map(
      ({ word, number }, i) =>
        `(${i}, ${word === null ? 'null' : CLICKHOUSE.word(word)}, ${numberSql(number)})`,
    )
    const name = CLICKHOUSE.name('the "word"')
    await run(`create table nasty (id Int32, ${name} Nullable(String), number Float64) engine = Memory as
      select * from values('id Int32, w Nullable(String), n Float64', ${values.join(', ')})`)
    await fc.assert(
      fc.asyncProperty(fc.array(anyRowCondition(), { minLength: 20, maxLength: 20 }), async (conditions) => {
        const ours = conditions.map((condition) => [...evaluateCondition(condition, conditionTable(rows))])
        const met = conditions.map((condition) => `toInt8(${conditionSql(condition, CLICKHOUSE)})`)
        const theirs = await rowsOf(`select ${met.join(', ')} from nasty order by id`)
        expect(conditions.map((_, i) => theirs.map((row) => row[i]))).toEqual(ours)
      }),
      { numRuns: 8 },
    )
  })

  describe('a gate over its tables', () => {
    let tables = 0
    async function load(rows: readonly Row[], columns: readonly [string, Stored][]): Promise<SqlTable> {
      const name = `rows_${++tables}`
      const from = CLICKHOUSE.name(name)
      const types = columns.map(([name, stored]) => `${CLICKHOUSE.name(name)} ${TYPES[stored]}`).join(', ')
      const values = rows.map((row) => `(${columns.map(([name]) => valueSql(row[name]!)).join(', ')})`)
      await run(`create table ${from} (${types}) engine = Memory`)
      for (let start = 0; start < values.length; start += 20_000)
        await run(`insert into ${from} values ${values.slice(start, start + 20_000).join(', ')}`)
      return { name, from }
    }
    const stored = once(load)
    holdsAsInProcess(() => ({
      engine,
      load: stored,
      inputs: { engine: 'clickhouse', 'engine-url': url, 'engine-user': 'gate', 'engine-password': password },
    }))
  })

  test.each([
    ['selec 1', /Syntax error/],
    ['select nothing from nowhere', /UNKNOWN_TABLE|nowhere/],
    ["select throwIf(number = 19999, 'it broke') from numbers(20000)", /it broke/],
  ])('what it cannot run fails in its own words: %s', async (sql, words) => {
    await expect(rowsOf(sql)).rejects.toMatchObject({
      code: 'ENGINE_FAILED',
      message: expect.stringMatching(words),
    })
  })

  test('a wrong password is refused, and not shown', async () => {
    const failure = await rowsOf('select 1', { password: 'wrong-and-secret' }).catch((error: Error) => error)
    expect(failure).toMatchObject({ code: 'ENGINE_REFUSED' })
    expect(JSON.stringify(failure) + String(failure)).not.toContain('wrong-and-secret')
  })
})

const TYPES: Readonly<Record<Stored, string>> = { whole: 'Int64', double: 'Float64', word: 'String' }

function valueSql(value: string | number): string {
  if (typeof value === 'string') return CLICKHOUSE.word(value)
  return Number.isInteger(value) ? String(value) : numberSql(value)
}

function numberSql(number: number): string {
  return Number.isNaN(number)
    ? 'nan'
    : Number.isFinite(number)
      ? number.toExponential()
      : `${number < 0 ? '-' : ''}inf`
}
