import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { SqlTable, SqlValue } from '../../packages/evaluation/src/engines/engine.js'
import { trinoEngine } from '../../packages/evaluation/src/engines/trino.js'
import { TRINO } from '../../packages/evaluation/src/slices/condition/dialects.js'
import { evaluateCondition } from '../../packages/evaluation/src/slices/condition/evaluate.js'
import { conditionSql } from '../../packages/evaluation/src/slices/condition/sql.js'
import { anyRowCondition, conditionRows, conditionTable } from './condition-rows.js'
import { holdsAsInProcess } from './pushdown/on-server.js'
import type { Row } from './pushdown/rows.js'
import { once, type Stored } from './pushdown/servers.js'
import { startTrino, TRINO_INSTALLED } from './trino.js'

describe.skipIf(!TRINO_INSTALLED)('trino', () => {
  let server: Awaited<ReturnType<typeof startTrino>>
  beforeAll(async () => {
    server = await startTrino()
  })
  afterAll(() => server?.[Symbol.asyncDispose]())

  const options = () => ({
    url: `${server.url}/memory/default`,
    user: server.user,
    password: server.password,
    fetch,
    sleep: async (ms: number) => void (await sleep(ms)),
  })

  /** All rows of one statement, by an engine of its own. */
  async function rowsOf(sql: string, changed: object = {}): Promise<SqlValue[][]> {
    const engine = trinoEngine({ ...options(), ...changed })
    const rows: SqlValue[][] = []
    for await (const batch of engine.query(sql)) rows.push(...batch.map((row) => [...row]))
    await engine.close()
    return rows
  }

  test('states its version', async () => {
    expect(await trinoEngine(options()).version()).toBe('476')
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
      'NaN',
      'a\nb\tc\u0001',
      '',
      '<b>',
      '9007199254740993',
    ]
    const sql = `select nan(), infinity(), -infinity(), cast('-0' as double), 9007199254740991, 9007199254740993,
      -9223372036854775807, 0.1e0 + 0.2e0, 5e-324, 1.7976931348623157e308, decimal '1.25', decimal '12345678901234567890',
      decimal '7.00', real '0.5', null, true, date '2026-03-03', ${words.map(TRINO.word).join(', ')}`
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

  test('every double survives the way there and back', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.double({ noNaN: true, noDefaultInfinity: true }), { minLength: 1, maxLength: 50 }),
        async (doubles) => {
          const [row] = await rowsOf(
            `select ${doubles.map((one) => `cast('${Object.is(one, -0) ? '-0' : one}' as double)`).join(', ')}`,
          )
          expect(row).toEqual(doubles)
        },
      ),
      { numRuns: 10 },
    )
  })

  test('a long answer comes in batches, all of it', async () => {
    const engine = trinoEngine(options())
    let batches = 0
    let sum = 0
    const sql =
      'select a * 1000 + b from unnest(sequence(0, 199)) x (a) cross join unnest(sequence(0, 999)) y (b)'
    for await (const batch of engine.query(sql)) {
      batches++
      for (const [value] of batch) sum += value as number
    }
    expect(sum).toBe((199_999 * 200_000) / 2)
    expect(batches).toBeGreaterThan(1)
  })

  test('a condition picks the same rows in SQL as in process', async () => {
    const rows = conditionRows(200)
    const values = rows.map(
      ({ word, number }, i) => `(${i}, ${word === null ? 'null' : TRINO.word(word)}, ${numberSql(number)})`,
    )
    await rowsOf('create table nasty (id integer, "the ""word""" varchar, number double)')
    await rowsOf(`insert into nasty values ${values.join(', ')}`)
    await fc.assert(
      fc.asyncProperty(fc.array(anyRowCondition(), { minLength: 20, maxLength: 20 }), async (conditions) => {
        const ours = conditions.map((condition) => [...evaluateCondition(condition, conditionTable(rows))])
        const met = conditions.map((condition) => `cast(${conditionSql(condition, TRINO)} as integer)`)
        const theirs = await rowsOf(`select ${met.join(', ')} from nasty order by id`)
        expect(conditions.map((_, i) => theirs.map((row) => row[i]))).toEqual(ours)
      }),
      { numRuns: 8 },
    )
  })

  describe('a gate over its tables', () => {
    let tables = 0
    /** Rows go in as JSON: a list of VALUES takes the server a hundred times as long to read. */
    async function load(rows: readonly Row[], columns: readonly [string, Stored][]): Promise<SqlTable> {
      const name = `rows_${++tables}`
      const from = TRINO.name(name)
      const types = columns.map(([name, stored]) => `${TRINO.name(name)} ${TYPES[stored]}`).join(', ')
      await rowsOf(`create table ${from} (${types})`)
      const json = `array(row(${columns.map((_, i) => `c${i} ${TYPES[columns[i]![1]]}`).join(', ')}))`
      for (let start = 0; start < rows.length; start += 20_000) {
        const part = rows
          .slice(start, start + 20_000)
          .map((row) => columns.map(([name]) => cellJson(row[name]!)))
        const array = `cast(json_parse(${TRINO.word(JSON.stringify(part))}) as ${json})`
        await rowsOf(`insert into ${from} select * from unnest(${array})`)
      }
      return { name, from }
    }
    const stored = once(load)
    const folder = mkdtempSync(join(tmpdir(), 'sluice-authority-'))
    afterAll(() => rmSync(folder, { recursive: true, force: true }))
    holdsAsInProcess(() => {
      const authority = join(folder, 'authority.pem')
      writeFileSync(authority, server.authority)
      return {
        engine: () => trinoEngine(options()),
        load: stored,
        inputs: {
          engine: 'trino',
          'engine-url': options().url,
          'engine-user': server.user,
          'engine-password': server.password,
        },
        env: { NODE_EXTRA_CA_CERTS: authority },
      }
    })
  })

  test.each([
    ['selec 1', /SYNTAX_ERROR.*selec/],
    ['select 1 / 0', /DIVISION_BY_ZERO/],
    ['select nothing from nowhere', /TABLE_NOT_FOUND.*nowhere/],
    ['select 1 / (5000 - x) from unnest(sequence(1, 9999)) t (x)', /DIVISION_BY_ZERO/],
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

  test('a statement that runs too long is given up, there too', async () => {
    const endless = `select count(*) from unnest(sequence(1, 9999)) a (x) cross join unnest(sequence(1, 9999)) b (y) cross join unnest(sequence(1, 9999)) c (z) where sin(x * y * z) > 2`
    await expect(rowsOf(endless, { limits: { time: 3000 } })).rejects.toMatchObject({
      code: expect.stringMatching(/ENGINE_TIMEOUT|ENGINE_FAILED/),
    })
    await expect.poll(running, { timeout: 20_000 }).toBe(0)
  })

  test('an answer that nobody reads on is cancelled there', async () => {
    const many = 'select a, b from unnest(sequence(1, 9999)) x (a) cross join unnest(sequence(1, 9999)) y (b)'
    for await (const batch of trinoEngine(options()).query(many)) if (batch.length > 0) break
    await expect.poll(running, { timeout: 20_000 }).toBe(0)
  })

  /** Statements of ours that still run, beside the one that asks. */
  async function running(): Promise<number> {
    const rows = await rowsOf(
      "select count(*) from system.runtime.queries where state not in ('FINISHED', 'FAILED') and query not like '%runtime%'",
    )
    return rows[0]![0] as number
  }
})

const TYPES: Readonly<Record<Stored, string>> = { whole: 'bigint', double: 'double', word: 'varchar' }

/** JSON has no word for NaN; Trino takes it, and the infinities, out of a string. */
function cellJson(value: string | number): string | number {
  return typeof value === 'number' && !Number.isFinite(value) ? String(value) : value
}

function numberSql(number: number): string {
  return Number.isNaN(number)
    ? 'nan()'
    : Number.isFinite(number)
      ? number.toExponential()
      : `${number < 0 ? '-' : ''}infinity()`
}
