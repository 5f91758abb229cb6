import { existsSync, mkdtempSync, writeFileSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parquetWriteBuffer } from 'hyparquet-writer'
import { describe, expect, test } from 'vitest'
import { openDuckDb } from '../../packages/evaluation/src/engines/duckdb/engine.js'
import { generator } from '../../packages/evaluation/test/world.js'
import { bothWays, expectAgreement, type Files } from './pushdown/agreement.js'
import { csv, everyRule, policyOf, type Row, rolesFor, rowsAtRandom, SLICES } from './pushdown/rows.js'

const peer = join(process.env['SLUICE_PEERS'] ?? join(homedir(), '.cache/sluice/peers'), 'duckdb-1.5.6-r.1')

const FORMATS: Readonly<Record<string, (rows: readonly Row[]) => Files['candidate']>> = {
  csv: (rows) => ({ name: 'rows.csv', content: csv(rows) }),
  jsonl: (rows) => ({ name: 'rows.jsonl', content: rows.map((row) => `${JSON.stringify(row)}\n`).join('') }),
  parquet: (rows) => ({ name: 'rows.parquet', content: parquet(rows) }),
}

function parquet(rows: readonly Row[]): Uint8Array {
  const columnData = Object.keys(rows[0]!).map((name) => {
    const data = rows.map((row) => row[name]!)
    if (data.every((value) => Number.isInteger(value)))
      return { name, data: Int32Array.from(data as number[]), type: 'INT32' as const }
    if (data.every((value) => typeof value === 'number'))
      return { name, data: data as number[], type: 'DOUBLE' as const }
    return { name, data: data.map(String), type: 'STRING' as const }
  })
  return new Uint8Array(parquetWriteBuffer({ columnData }))
}

describe.skipIf(!existsSync(join(peer, 'node_modules/@duckdb/node-api')))('in DuckDB as in process', () => {
  describe.each([
    ['rows', {}],
    ['weighted rows', { weight: 'weight' }],
    ['clusters', { cluster: 'day' }],
    ['weighted clusters', { weight: 'weight', cluster: 'day' }],
  ])('%s', (_, rest) => {
    test.each(['csv', 'jsonl', 'parquet'])(
      'every metric on slices of every kind, from %s',
      async (format) => {
        const policy = policyOf(everyRule, rest)
        const roles = rolesFor(policy, { groupings: ['carrier'] })
        for (const seed of [1, 2]) {
          const file = FORMATS[format]!(rowsAtRandom(seed, 1500))
          expectAgreement(await bothWays(peer, { candidate: file }, roles, policy))
        }
      },
    )

    test('means of columns and of errors', async () => {
      const file = FORMATS['parquet']!(rowsAtRandom(3, 1500))
      const columns = policyOf(
        [
          {
            metric: 'mean',
            column: 'latency',
            championColumn: 'latencyBefore',
            better: 'lower',
            margin: 0.01,
          },
          {
            metric: 'mean',
            column: 'judged',
            championColumn: 'judgedBefore',
            better: 'higher',
            margin: 0.01,
            slices: SLICES,
            minRows: 30,
          },
        ],
        rest,
      )
      const named = [
        { name: 'latency', champion: 'latencyBefore' },
        { name: 'judged', champion: 'judgedBefore' },
      ]
      expectAgreement(
        await bothWays(peer, { candidate: file }, rolesFor(columns, { columns: named }), columns),
      )
      const metrics = ['mae', 'mse', 'rmse', 'smape', 'mape']
      const errors = policyOf(
        [
          ...metrics.map((metric) => ({ metric, margin: 0.1 })),
          ...metrics.map((metric) => ({ metric, margin: 0.1, slices: SLICES, minRows: 30 })),
          { metric: 'mean_error', atMost: 1 },
        ],
        { ...rest, task: 'regression', label: 'delay' },
      )
      const regression = { label: 'delay', candidate: ['guess'], champion: ['guessBefore'] }
      expectAgreement(await bothWays(peer, { candidate: file }, rolesFor(errors, regression), errors))
    })
  })

  describe('scores asked for in bins', () => {
    const metrics = ['auc', 'average_precision']
    const rules = [
      ...metrics.map((metric) => ({ metric, margin: 0.01 })),
      ...metrics.map((metric) => ({
        metric,
        margin: 0.05,
        slices: ['carrier', 'origin'],
      })),
    ]
    const distributions: [string, (score: number, i: number) => number][] = [
      ['spread out', (score) => score],
      ['near 0, but for one', (score, i) => (i === 0 ? 1 : score / 10_000)],
      ['rounded to three digits', (score) => Math.round(score * 1000) / 1000],
      ['a third of them 0', (score, i) => (i % 3 === 0 ? 0 : score)],
      ['logarithms', (score) => Math.log(score / 1e6)],
      ['one in two the same, beside very close ones', (score, i) => (i % 2 === 0 ? 0.5 : 0.5 + score * 1e-9)],
    ]
    test.each(distributions)('%s: AUC and average precision to 1e-6', async (_, change) => {
      for (const rest of [{}, { weight: 'weight' }]) {
        const policy = policyOf(rules, rest)
        const rows = rowsAtRandom(11, 60_000).map((row, i) => ({
          ...row,
          candidate: change(Number(row['candidate']), i),
          champion: change(Number(row['champion']), i),
        }))
        const found = await bothWays(
          peer,
          { candidate: FORMATS['parquet']!(rows) },
          rolesFor(policy),
          policy,
          20_000,
        )
        expectAgreement(found, () => 1e-6)
      }
    })
  })

  test('several classes, of which one is predicted by a tie', async () => {
    const classes = ['red', 'green', 'blue', 'grey']
    const random = generator(21)
    const rows: Row[] = Array.from({ length: 1200 }, (_, id) => {
      const label = classes[Math.floor(random() * 3)]!
      const scores = (skill: number, prefix: string) => {
        const raw = classes.map((name) => Math.round(4 * (random() + (name === label ? skill : 0))) + 0.5)
        const sum = raw.reduce((total, one) => total + one, 0)
        return Object.fromEntries(classes.map((name, c) => [`${prefix}${name}`, raw[c]! / sum]))
      }
      return { id, label, origin: id % 5 === 0 ? 'far' : 'near', ...scores(0.6, 'a_'), ...scores(0.5, 'b_') }
    })
    const metrics = [
      'accuracy',
      'balanced_accuracy',
      'macro_f1',
      'macro_precision',
      'macro_recall',
      'weighted_f1',
      'mcc',
      'kappa',
      'log_loss',
      'brier',
    ]
    const policy = policyOf(
      [
        ...metrics.map((metric) => ({ metric, margin: 0.05 })),
        ...metrics.map((metric) => ({ metric, margin: 0.1, slices: ['origin'] })),
        { metric: 'accuracy_difference', groups: 'origin', atMost: 0.2 },
      ],
      { task: 'multiclass', label: 'label', classes },
    )
    const roles = rolesFor(policy, {
      label: 'label',
      classes,
      candidate: classes.map((name) => `a_${name}`),
      champion: classes.map((name) => `b_${name}`),
      groupings: ['origin'],
    })
    for (const format of ['csv', 'parquet'])
      expectAgreement(await bothWays(peer, { candidate: FORMATS[format]!(rows) }, roles, policy))
  })

  test('labels and slices that are numbers, dates and true or false', async () => {
    const rows = rowsAtRandom(22, 600)
    const policy = policyOf([
      {
        metric: 'f1',
        margin: 0.05,
        minRows: 20,
        minPerClass: 2,
        slices: ['day', 'when', 'fraction', 'is', { cross: ['is', 'fraction'] }],
      },
      {
        metric: 'f1',
        margin: 0.05,
        minRows: 20,
        minPerClass: 2,
        slices: [{ name: 'late in the week', where: "fraction >= 1 and `is` == 'true'" }],
      },
    ])
    const columnData = [
      { name: 'id', data: BigInt64Array.from(rows, (_, i) => BigInt(i)), type: 'INT64' as const },
      { name: 'late', data: rows.map(({ late }) => late === 1), type: 'BOOLEAN' as const },
      {
        name: 'candidate',
        data: Float32Array.from(rows, ({ candidate }) => Number(candidate)),
        type: 'FLOAT' as const,
      },
      { name: 'champion', data: rows.map(({ champion }) => Number(champion)), type: 'DOUBLE' as const },
      { name: 'day', data: Int32Array.from(rows, ({ day }) => Number(day)), type: 'INT32' as const },
      { name: 'fraction', data: rows.map((_, i) => (i % 4) / 2), type: 'DOUBLE' as const },
      { name: 'is', data: rows.map((_, i) => i % 3 === 0), type: 'BOOLEAN' as const },
      {
        name: 'when',
        data: rows.map((_, i) => new Date(Date.UTC(2026, 2, 1 + (i % 3), i % 2))),
        type: 'TIMESTAMP' as const,
      },
    ]
    const content = new Uint8Array(parquetWriteBuffer({ columnData }))
    expectAgreement(
      await bothWays(peer, { candidate: { name: 'rows.parquet', content } }, rolesFor(policy), policy),
    )
  })

  test('a name that would find other files is refused', async () => {
    const policy = policyOf([{ metric: 'accuracy', margin: 0.05 }])
    const file = { ...FORMATS['csv']!(rowsAtRandom(23, 200)), name: 'rows[12].csv' }
    const { pushedDown } = await bothWays(peer, { candidate: file }, rolesFor(policy), policy)
    expect(pushedDown).toBe('ENGINE_INPUTS_INVALID')
  })

  test('a first release is held against bounds alone', async () => {
    const policy = policyOf([
      { metric: 'auc', atLeast: 0.6 },
      { metric: 'f1', atLeast: 0.6, slices: ['origin'] },
      { metric: 'auc', margin: 0.01 },
    ])
    const { champion: _, ...roles } = rolesFor(policy)
    const file = FORMATS['csv']!(rowsAtRandom(4, 800))
    expectAgreement(await bothWays(peer, { candidate: file }, roles, policy))
  })

  test('a champion in a file of its own, in another order', async () => {
    const policy = policyOf(everyRule)
    const roles = rolesFor(policy, { groupings: ['carrier'] })
    const rows = rowsAtRandom(5, 1000)
    for (const format of ['csv', 'parquet']) {
      const candidate = FORMATS[format]!(rows)
      const champion = { ...FORMATS[format]!(rows.toReversed()), name: `champion.${format}` }
      expectAgreement(await bothWays(peer, { candidate, champion }, roles, policy))
    }
  })

  const changed: [string, (rows: Row[]) => Row[], string][] = [
    [
      'an id twice',
      (rows) => rows.map((row, i) => (i === 3 ? { ...row, id: rows[4]!['id']! } : row)),
      'evaluation/ids-duplicate',
    ],
    ['an id that is text', (rows) => rows.map((row, i) => (i === 3 ? { ...row, id: 'x' } : row)), ''],
    [
      'a score that is NaN',
      (rows) => rows.map((row, i) => (i === 3 ? { ...row, candidate: 'NaN' } : row)),
      'evaluation/candidate-not-finite',
    ],
    [
      'an infinite score of the champion',
      (rows) => rows.map((row, i) => (i === 3 ? { ...row, champion: 'inf' } : row)),
      'evaluation/champion-not-finite',
    ],
    [
      'an empty score',
      (rows) => rows.map((row, i) => (i === 3 ? { ...row, candidate: '' } : row)),
      'evaluation/candidate-not-finite',
    ],
    [
      'a score above 1',
      (rows) => rows.map((row, i) => (i === 3 ? { ...row, candidate: 1.5 } : row)),
      'evaluation/candidate-not-probability',
    ],
    ['labels of one class', (rows) => rows.map((row) => ({ ...row, late: 1 })), 'evaluation/labels-constant'],
    [
      'a label that is no class',
      (rows) => rows.map((row, i) => (i === 3 ? { ...row, late: 2 } : row)),
      'LABELS_UNREADABLE',
    ],
    [
      'a champion that is the candidate',
      (rows) => rows.map((row) => ({ ...row, champion: row['candidate']! })),
      'evaluation/champion-is-candidate',
    ],
    [
      'scores that are labels',
      (rows) => rows.map((row) => ({ ...row, candidate: Math.round(Number(row['candidate'])) })),
      'evaluation/scores-are-labels',
    ],
    [
      'a negative weight',
      (rows) => rows.map((row, i) => (i === 3 ? { ...row, weight: -1 } : row)),
      'evaluation/weights-invalid',
    ],
    [
      'weights that are all 0',
      (rows) => rows.map((row) => ({ ...row, weight: 0 })),
      'evaluation/weights-invalid',
    ],
    ['a column that is not there', (rows) => rows.map(({ late: _, ...row }) => row), 'COLUMN_MISSING'],
  ]
  test.each(changed)('%s is refused alike', async (_, change, expected) => {
    const policy = policyOf(
      [
        { metric: 'log_loss', margin: 0.01 },
        { metric: 'auc', margin: 0.01 },
      ],
      { weight: 'weight' },
    )
    const rows = change(rowsAtRandom(6, 300))
    const found = await bothWays(peer, { candidate: FORMATS['csv']!(rows) }, rolesFor(policy), policy)
    expectAgreement(found)
    const said =
      typeof found.pushedDown === 'string'
        ? [found.pushedDown]
        : found.pushedDown.findings.map(({ rule }) => rule)
    if (expected !== '') expect(said).toContain(expected)
  })

  const apart: [string, (rows: Row[]) => Row[], string][] = [
    ['a row less', (rows) => rows.slice(1), 'evaluation/ids-unmatched'],
    ['an id twice', (rows) => [...rows, rows[0]!], 'evaluation/ids-duplicate'],
    [
      'another label',
      (rows) => rows.map((row, i) => (i === 3 ? { ...row, late: 1 - Number(row['late']) } : row)),
      'evaluation/labels-differ',
    ],
    [
      'another slice',
      (rows) => rows.map((row, i) => (i === 3 ? { ...row, origin: 'elsewhere' } : row)),
      'evaluation/slices-differ',
    ],
    ['no slice column at all', (rows) => rows.map(({ origin: _, ...row }) => row), ''],
  ]
  test.each(apart)('a champion with %s is refused alike', async (_, change, expected) => {
    const policy = policyOf([{ metric: 'accuracy', margin: 0.05, slices: ['origin'] }])
    const rows = rowsAtRandom(7, 300)
    const files = {
      candidate: FORMATS['csv']!(rows),
      champion: { ...FORMATS['csv']!(change(rows)), name: 'champion.csv' },
    }
    const found = await bothWays(peer, files, rolesFor(policy), policy)
    expectAgreement(found)
    if (expected !== '' && typeof found.pushedDown !== 'string')
      expect(found.pushedDown.findings.map(({ rule }) => rule)).toContain(expected)
  })

  test('no row at all is refused alike', async () => {
    const policy = policyOf([{ metric: 'accuracy', margin: 0.05 }])
    const header = `${csv(rowsAtRandom(1, 1)).split('\n')[0]}\n`
    expectAgreement(
      await bothWays(peer, { candidate: { name: 'rows.csv', content: header } }, rolesFor(policy), policy),
    )
  })

  test('a metric that needs the rows is refused by its name', async () => {
    const policy = policyOf([{ metric: 'ece', atMost: 0.1 }])
    const { pushedDown } = await bothWays(
      peer,
      { candidate: FORMATS['csv']!(rowsAtRandom(1, 300)) },
      rolesFor(policy),
      policy,
    )
    expect(pushedDown).toBe('EVALUATION_NOT_PUSHABLE')
  })

  test('what memory does not suffice for is tried with more, and refused by name where there is no more', async () => {
    const path = join(mkdtempSync(join(tmpdir(), 'sluice-duckdb-')), 'rows.jsonl')
    writeFileSync(path, '{"id":1}\n'.repeat(300_000))
    const rows = async (memory: readonly number[]) => {
      const engine = await openDuckDb({ folder: peer, files: [path], temporary: `${path}.spill`, memory })
      try {
        for await (const [row] of engine.query(`select count(*) from read_json('${path}')`)) return row![0]
      } finally {
        await engine.close()
      }
      return undefined
    }
    expect(await rows([64, 400])).toBe(300_000)
    await expect(rows([64])).rejects.toMatchObject({
      code: 'ENGINE_FAILED',
      message: expect.stringContaining('Out of Memory'),
      remedy: expect.stringContaining('more memory'),
    })
  })

  test('a file that is cut short is told from a name that is wrong', async () => {
    const path = join(mkdtempSync(join(tmpdir(), 'sluice-duckdb-')), 'rows.parquet')
    writeFileSync(path, 'PAR1xxxxPAR1')
    const engine = await openDuckDb({ folder: peer, files: [path], temporary: `${path}.spill` })
    const first = async (sql: string) => {
      for await (const batch of engine.query(sql)) return batch
      return []
    }
    await expect(first(`select * from read_parquet('${path}')`)).rejects.toMatchObject({
      remedy: expect.stringContaining('Write the file again'),
    })
    await expect(first('select nope from range(3)')).rejects.toMatchObject({
      remedy: expect.stringContaining('names of columns'),
    })
    await engine.close()
  })
})
