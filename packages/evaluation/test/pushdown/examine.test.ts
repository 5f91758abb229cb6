import { SluiceError } from '@sluice/errors'
import { type Roles, sliceSpec } from '@sluice/evaluation'
import { describe, expect, test } from 'vitest'
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

describe('sums that cannot be are no sums', () => {
  type Cells = SqlValue[][]
  /** 1000 rows of either label: the candidate is right on 950 of each, the champion on 940. */
  const honest = {
    ids: [[2000, 2000, 0]] as Cells,
    look: ['0', '1'].map((label) => [label, 1000, 1000, 0.1, 0.9, 500, 1000, 0.1, 0.8, 480]) as Cells,
    groups: [0, 1].flatMap((label) => [
      [label, label, label, 930],
      [label, label, 1 - label, 20],
      [label, 1 - label, label, 10],
      [label, 1 - label, 1 - label, 40],
    ]) as Cells,
  }
  const examine = async (
    told: Partial<typeof honest>,
    roles: Partial<Roles> = {},
    rule: Record<string, unknown> = {},
  ) => {
    const { groups, ids, look } = { ...honest, ...told }
    const engine = engineOf((sql) => {
      if (sql.includes('where 1 = 0')) return []
      if (sql.includes('count(distinct')) return ids
      if (sql.includes('limit 1001')) return look
      return roles.slices === undefined || sql.includes('r where') ? groups : honest.groups
    })
    const rules = policy([{ metric: 'accuracy', margin: 0.02, ...rule }])
    return await examineEngine(engine, { candidate: table, champion: table }, { ...ROWS, ...roles }, rules)
  }
  const changed = (cells: Cells, column: number, cell: SqlValue) => [
    cells[0]!.with(column, cell),
    ...cells.slice(1),
  ]

  test('those that can be are believed', async () => {
    expect((await examine({})).outcomes).toMatchObject([{ verdict: 'pass' }])
  })

  test('a condition may leave rows out, and find none that the table has not', async () => {
    const slice = { name: 'winter', where: 'month = 12' }
    const roles = { slices: [sliceSpec(slice)] }
    const found = await examine({ groups: honest.groups.slice(1) }, roles, { slices: [slice] })
    expect(found.outcomes).toMatchObject([{ cases: [{ rows: 1070 }] }])
    await expect(
      examine({ groups: [...honest.groups, [0, 0, 0, 1]] }, roles, { slices: [slice] }),
    ).rejects.toMatchObject({ code: 'ENGINE_ANSWER_MALFORMED' })
  })

  test('one cluster with nearly all rows decides nothing, as in process', async () => {
    const clustered = (large: number): Cells => [
      ['all', 0, 0, 0, large],
      ...Array.from({ length: 2000 - large }, (_, i) => [`c${i}`, i % 2, i % 2, i % 5 === 0 ? 1 : i % 2, 1]),
    ]
    const reason = async (large: number) =>
      (await examine({ groups: clustered(large) }, { cluster: 'origin' })).outcomes[0]!.reason
    expect(await reason(1900)).toContain('some of the 101 clusters count so much more')
    expect(await reason(100)).not.toContain('count so much more')
  })

  test.each<[string, Partial<typeof honest>]>([
    ['no answer to how many rows there are', { ids: [] }],
    ['fewer than no ids', { ids: [[2000, -2000, 0]] }],
    ['ids that are no number', { ids: [[2000, Number.NaN, 0]] }],
    ['half a row of a label', { look: changed(honest.look, 1, 999.5) }],
    ['groups that have fewer rows than the table', { groups: honest.groups.slice(1) }],
    ['groups that have more', { groups: [...honest.groups, [0, 0, 0, 500]] }],
    ['a group of fewer than no rows', { groups: [...honest.groups, [0, 0, 1, 80], [0, 1, 1, -80]] }],
    ['a group without a row', { groups: [...honest.groups, [0, 0, 1, 0]] }],
    ['a group of no number of rows', { groups: changed(honest.groups, 3, Number.NaN) }],
    ['a group with a cell too few', { groups: honest.groups.map((row) => row.slice(0, 3)) }],
    ['one with a cell too many', { groups: honest.groups.map((row) => [...row, 0]) }],
  ])('%s', async (_, told) => {
    await expect(examine(told)).rejects.toMatchObject({ code: 'ENGINE_ANSWER_MALFORMED' })
  })
})
