import { readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Runner, runBundle, startRunner } from './rig.js'

const holdout = readFileSync(
  fileURLToPath(new URL('../../examples/flight-delays/data/holdout.parquet', import.meta.url)),
)

describe("the example's 220,305 held-out flights", () => {
  let runner: Runner
  beforeAll(async () => {
    runner = await startRunner({ 'flights.parquet': holdout })
  })
  afterAll(() => runner[Symbol.asyncDispose]())

  test('a schema is inferred from Parquet, and the flights keep it', async () => {
    const inferred = await runner.run('data-gate', {
      inputs: { data: 'flights.parquet', infer: 'schema.yaml' },
    })
    expect(inferred).toMatchObject({ code: 0, outputs: { rows: '220305' } })
    const schema = await readFile(inferred.outputs['schema']!, 'utf8')
    expect(schema).toContain('late: { type: boolean }')
    await runner.write('sluice.yaml', schema)
    const checked = await runner.run('data-gate', { inputs: { data: 'flights.parquet' } })
    expect(checked).toMatchObject({ code: 0, outputs: { verdict: 'pass' } })
  })

  test('a table that is its own reference is refused', async () => {
    await runner.write('sluice.yaml', 'data: { drift: [{ columns: [late], atMost: 0.1 }] }\n')
    const done = await runner.run('data-gate', {
      inputs: { data: 'flights.parquet', reference: 'flights.parquet' },
    })
    expect(done).toMatchObject({ code: 1, outputs: { verdict: 'fail' } })
    expect(done.summary).toContain('compared with itself')
  })
})

const flights = (shift: number) =>
  `id,distance\n${Array.from({ length: 1500 }, (_, i) => `${i},${((i * 7919) % 1000) + shift}`).join('\n')}\n`
const RULES =
  'data:\n  columns: { id: { type: integer, unique: true } }\n  drift: [{ columns: [distance], atMost: 0.1 }]\n'

test('a column that moved fails the step, and leaves evidence that says so', async () => {
  await using runner = await startRunner({
    'sluice.yaml': RULES,
    'now.csv': flights(300),
    'ref.csv': flights(0),
  })
  const done = await runner.run('data-gate', {
    inputs: { data: 'now.csv', reference: 'ref.csv', subject: `flights@sha256:${'d4'.repeat(32)}` },
  })
  expect(done).toMatchObject({ code: 1, outputs: { verdict: 'fail', drifted: 'distance' } })
  const statement = JSON.parse(await readFile(done.outputs['statement']!, 'utf8'))
  expect(statement.predicate).toMatchObject({
    result: 'FAILED',
    failedTests: ['psi of distance at most 0.1'],
  })
})

test.each([
  ['DATA_REFERENCE_MISSING', { 'sluice.yaml': RULES, 'now.csv': flights(0) }, { data: 'now.csv' }],
  ['DATA_NO_RULES', { 'now.csv': flights(0) }, { data: 'now.csv' }],
  [
    'TABLE_MALFORMED',
    { 'sluice.yaml': RULES, 'x.parquet': 'PAR1 no' },
    { data: 'x.parquet', reference: 'x.parquet' },
  ],
  ['DATA_MISSING', {}, {}],
])('says %s', async (code, files, inputs) => {
  const done = await runBundle('data-gate', { files, inputs })
  expect(done.code).toBe(2)
  expect(done.stdout + done.stderr).toContain(code)
})
