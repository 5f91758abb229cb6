import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { readTable, whereText } from '@sluice/evaluation'
import { expect, test } from 'vitest'
import { startRunner } from '../../bundles/rig.js'
import { expectAgreement } from './agreement.js'
import { everyRule, policyOf, type Row, rolesFor, rowsAtRandom, SLICES } from './rows.js'
import { bothWaysOn, storedAs, type TestServer } from './servers.js'

const EXAMPLE = fileURLToPath(new URL('../../../examples/flight-delays/', import.meta.url))

/** Tests that hold a gate over a server's tables against the same gate in process. */
export function holdsAsInProcess(server: () => TestServer): void {
  test.each([
    ['rows', {}],
    ['weighted clusters', { weight: 'weight', cluster: 'day' }],
  ])('every metric on slices of every kind: %s', async (_, rest) => {
    const policy = policyOf(everyRule, rest)
    const roles = rolesFor(policy, { groupings: ['carrier'] })
    expectAgreement(await bothWaysOn(server(), { candidate: rowsAtRandom(1, 1500) }, roles, policy))
  })

  test('means of columns and of errors', async () => {
    const rows = rowsAtRandom(3, 1000)
    const mean = {
      metric: 'mean',
      column: 'latency',
      championColumn: 'latencyBefore',
      better: 'lower',
      margin: 0.01,
    }
    const columns = policyOf([mean, { ...mean, slices: SLICES, minRows: 30 }])
    const named = [{ name: 'latency', champion: 'latencyBefore' }]
    expectAgreement(
      await bothWaysOn(server(), { candidate: rows }, rolesFor(columns, { columns: named }), columns),
    )
    const metrics = ['mae', 'mse', 'rmse', 'smape', 'mape']
    const errors = policyOf(
      metrics.map((metric) => ({ metric, margin: 0.1, slices: SLICES, minRows: 30 })),
      { task: 'regression', label: 'delay' },
    )
    const regression = { label: 'delay', candidate: ['guess'], champion: ['guessBefore'] }
    expectAgreement(await bothWaysOn(server(), { candidate: rows }, rolesFor(errors, regression), errors))
  })

  test('a champion in a table of its own, in another order', async () => {
    const policy = policyOf(everyRule)
    const rows = rowsAtRandom(5, 1000)
    const both = { candidate: rows, champion: rows.toReversed() }
    expectAgreement(await bothWaysOn(server(), both, rolesFor(policy, { groupings: ['carrier'] }), policy))
  })

  const changed: [string, (rows: Row[]) => Row[], string][] = [
    [
      'an id twice',
      (rows) => rows.map((row, i) => (i === 3 ? { ...row, id: rows[4]!['id']! } : row)),
      'evaluation/ids-duplicate',
    ],
    [
      'a score that is NaN',
      (rows) => rows.map((row, i) => (i === 3 ? { ...row, candidate: Number.NaN } : row)),
      'evaluation/candidate-not-finite',
    ],
    [
      'an infinite score',
      (rows) => rows.map((row, i) => (i === 3 ? { ...row, champion: Infinity } : row)),
      'evaluation/champion-not-finite',
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
    ['a column that is not there', (rows) => rows.map(({ late: _, ...row }) => row), 'COLUMN_MISSING'],
  ]
  test.each(changed)('%s is refused alike', async (_, change, expected) => {
    const policy = policyOf([
      { metric: 'log_loss', margin: 0.01 },
      { metric: 'auc', margin: 0.01 },
    ])
    const found = await bothWaysOn(
      server(),
      { candidate: change(rowsAtRandom(6, 300)) },
      rolesFor(policy),
      policy,
    )
    expectAgreement(found)
    const said =
      typeof found.pushedDown === 'string'
        ? [found.pushedDown]
        : found.pushedDown.findings.map(({ rule }) => rule)
    expect(said).toContain(expected)
  })

  test('on the flights of the example the candidate passes, and the regressed model fails at its airports', async () => {
    const whole = [
      { metric: 'auc', margin: 0.005 },
      { metric: 'log_loss', margin: 0.005 },
      { metric: 'accuracy', margin: 0.005 },
    ]
    const slices = [
      { metric: 'accuracy', margin: 0.05, slices: ['origin'], minRows: 2000 },
      { metric: 'auc', margin: 0.015, slices: ['origin'], minRows: 2000 },
    ]
    const rows = await flights()
    const verdicts: Record<string, string[]> = {}
    for (const model of ['candidate', 'regressed']) {
      const policy = policyOf(model === 'candidate' ? whole : [...whole, ...slices])
      const roles = rolesFor(policy, { candidate: [model] })
      // The regressed model's scores are asked for in bins, as of more rows than these.
      const exactRows = model === 'candidate' ? undefined : 50_000
      const found = await bothWaysOn(server(), { candidate: rows }, roles, policy, exactRows)
      expectAgreement(found, (metric) => (metric === 'auc' && exactRows !== undefined ? 1e-6 : 1e-12))
      if (typeof found.pushedDown === 'string') throw new Error(found.pushedDown)
      verdicts[model] = found.pushedDown.outcomes.map(({ verdict }) => verdict)
      if (model === 'candidate') continue
      const bad = found.pushedDown.outcomes.flatMap(({ cases }) =>
        cases.filter(({ state }) => state === 'bad').map(({ where }) => whereText(where)),
      )
      expect(bad.join()).toMatch(/BWI|EWR|MCO|MIA|TPA/)
    }
    expect(new Set(verdicts['candidate'])).toEqual(new Set(['pass']))
    expect(verdicts['regressed']).toContain('fail')
  })

  test('the bundled action asks it, by the inputs of a workflow', async () => {
    const rows = await flights()
    const { inputs, env, load } = server()
    const { name } = await load(rows, storedAs(rows))
    await using runner = await startRunner({ 'sluice.yaml': readFileSync(join(EXAMPLE, 'sluice.yaml')) })
    const failed = await runner.run('model-gate', {
      inputs: {
        ...inputs,
        'candidate-table': name,
        'champion-table': name,
        'candidate-column': 'regressed',
        'champion-column': 'champion',
        subject: `flight-delays@sha256:${'d4'.repeat(32)}`,
      },
      ...(env === undefined ? {} : { env }),
    })
    expect(failed.code, failed.stdout).toBe(1)
    expect(failed.outputs).toMatchObject({ verdict: 'fail', rows: String(rows.length) })
    expect(JSON.stringify(failed.report.findings)).toMatch(/EWR|BWI|MCO|MIA|TPA/)
    const statements = failed.outputs['statement']!.split('\n').map((path) => readFileSync(path, 'utf8'))
    const evaluation = statements
      .map((text) => JSON.parse(text))
      .find(({ predicateType }) => predicateType.includes('/evaluation/'))
    expect(evaluation.predicate.engine).toMatchObject({ name: inputs['engine'], tables: [name] })
    for (const text of [failed.stdout, ...statements, JSON.stringify(failed.report)])
      expect(text.replace(/::add-mask::.*/g, '')).not.toContain(inputs['engine-password'])
  })
}

let flown: Promise<Row[]> | undefined

/** Held-out flights of the example, read once. */
function flights(): Promise<Row[]> {
  flown ??= readFlights()
  return flown
}

async function readFlights(): Promise<Row[]> {
  const numbers = ['id', 'late', 'candidate', 'regressed', 'champion']
  const { columns, rows } = await readTable(
    'holdout.parquet',
    readFileSync(join(EXAMPLE, 'data/holdout.parquet')),
    'parquet',
    [
      ...numbers.map((name) => ({ name, kind: 'number' as const })),
      { name: 'origin', kind: 'word' as const },
    ],
  )
  const cells = [...columns].map(([name, column]): [string, (row: number) => string | number] => {
    if (column.kind === 'number') return [name, (row) => column.values[row]!]
    if (column.kind === 'word') return [name, (row) => column.words[column.codes[row]!]!]
    throw new TypeError(`no column ${name} of numbers or words`)
  })
  return Array.from({ length: rows }, (_, row) =>
    Object.fromEntries(cells.map(([name, cell]) => [name, cell(row)])),
  )
}
