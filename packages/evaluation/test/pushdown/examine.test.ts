import { SluiceError } from '@sluice/errors'
import { expect, test } from 'vitest'
import type { SqlEngine, SqlValue } from '../../src/engines/engine.js'
import { Asker } from '../../src/pushdown/answer.js'
import { examineEngine } from '../../src/pushdown/examine.js'
import { unpushable } from '../../src/pushdown/pushable.js'
import { DUCKDB } from '../../src/slices/condition/dialects.js'
import { policy, ROLES } from '../world.js'

/** An engine that answers each statement as `answer` says, and keeps what it was asked. */
function engineOf(answer: (sql: string) => SqlValue[][]): SqlEngine & { readonly asked: string[] } {
  const asked: string[] = []
  return {
    name: 'duckdb',
    dialect: DUCKDB,
    asked,
    version: async () => 'v0',
    async *query(sql) {
      asked.push(sql)
      yield answer(sql)
    },
    close: async () => {},
  }
}

const table = { name: 'flights', from: '"flights"' }
const ROWS = { ...ROLES, slices: [] }

test('without a list of columns each is asked for, and one that the engine does not know is missing', async () => {
  const engine = engineOf((sql) => {
    if (!sql.includes('"champion"')) return []
    throw new SluiceError('ENGINE_FAILED', 'no such column', { remedy: '' })
  })
  const rules = policy([{ metric: 'accuracy', margin: 0.1 }])
  await expect(
    examineEngine(engine, { candidate: table, champion: table }, ROWS, rules),
  ).rejects.toMatchObject({ code: 'COLUMN_MISSING', message: expect.stringContaining('champion') })
})

test('a fault of the network is no missing column', async () => {
  const engine = engineOf(() => {
    throw new SluiceError('ENGINE_UNREACHABLE', 'gone', { remedy: '', kind: 'surroundings' })
  })
  const rules = policy([{ metric: 'accuracy', margin: 0.1 }])
  await expect(
    examineEngine(engine, { candidate: table, champion: table }, ROWS, rules),
  ).rejects.toMatchObject({ code: 'ENGINE_UNREACHABLE' })
})

test('a table without a row is refused before any metric is asked for', async () => {
  const engine = engineOf((sql) => (sql.includes('where 1 = 0') ? [] : [[0, 0, 0]]))
  const rules = policy([{ metric: 'accuracy', margin: 0.1 }])
  const found = await examineEngine(engine, { candidate: table, champion: table }, ROWS, rules)
  expect(found.findings.map(({ rule }) => rule)).toEqual(['evaluation/no-rows'])
  expect(found.engine).toMatchObject({ name: 'duckdb', version: 'v0', tables: ['flights'] })
  expect(engine.asked.some((sql) => sql.includes('group by'))).toBe(false)
})

test.each([
  ['a calibration error', [{ metric: 'ece', atMost: 0.1 }], {}],
  ['a percentile', [{ metric: 'p95', column: 'ms', better: 'lower', atMost: 100 }], {}],
  [
    'answers that are repeated',
    [{ metric: 'mean', column: 'x', better: 'higher', atLeast: 1 }],
    { task: 'generation', repeat: 'n' },
  ],
  ['a ranking', [{ metric: 'ndcg', atLeast: 0.5 }], { task: 'ranking' }],
])('%s needs the rows', (_, rules, rest) => {
  expect(unpushable(policy(rules, rest))).toContain('rows themselves')
})

test('what is answered moves the digest, in every cell', async () => {
  const digests = new Set<string>()
  for (const cells of [
    [1, 'a'],
    [2, 'a'],
    [1, 'b'],
    [null, 'a'],
  ] as SqlValue[][]) {
    const asker = new Asker(engineOf(() => [cells]))
    await asker.rows('select 1')
    digests.add(asker.digest())
  }
  expect(digests.size).toBe(4)
})

test('a sum of nothing is 0, and more rows than were reckoned with are refused', async () => {
  const asker = new Asker(engineOf(() => [['x', null, 2]]))
  const { keys, numbers } = await asker.groups('select 1', 1, 2)
  expect(keys[0]!.words).toEqual(['x'])
  expect(numbers.map(([value]) => value)).toEqual([0, 2])
  const many = new Asker(engineOf(() => Array.from({ length: 11 }, () => [1])))
  await expect(many.rows('select 1', 10)).rejects.toMatchObject({ code: 'TABLE_TOO_LARGE' })
})
