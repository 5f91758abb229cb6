import { readFile } from 'node:fs/promises'
import { inputsWith, testContext } from '@sluice/toolkit/testing'
import { expect, test } from 'vitest'
import { action, type Inputs } from '../src/action.js'

/** Flights whose distances go round in a circle; `shift` moves them, `late` is the share of late ones in ten. */
function flights({ late = 3, rows = 2000, shift = 0 } = {}): string {
  const lines = Array.from({ length: rows }, (_, i) => {
    const distance = ((i * 7919) % 1000) + shift
    return `${i},${distance},${['ATL', 'JFK', 'ORD'][i % 3]},${i % 10 < late ? 1 : 0}`
  })
  return `id,distance,origin,late\n${lines.join('\n')}\n`
}

const RULES = `data:
  key: [id]
  columns:
    id: { type: integer }
    distance: { type: number, min: 0, max: 2000 }
    origin: { type: string, values: [ATL, JFK, ORD] }
    late: { type: boolean }
  drift:
    - { columns: [distance, origin, late], atMost: 0.1 }
    - { columns: [distance], measure: ks, atMost: 0.15 }
`
const SUBJECT = `flight-delays@sha256:${'a'.repeat(64)}`

async function gate(files: Record<string, string | Uint8Array>, inputs: Partial<Inputs> = {}) {
  await using context = await testContext({ files: { 'sluice.yaml': RULES, 'ref.csv': flights(), ...files } })
  const given = { data: 'now.csv', reference: 'ref.csv', subject: SUBJECT, ...inputs }
  const result = await action.run(inputsWith(action, given), context)
  const schema = inputs.infer === undefined ? '' : await readFile(result.outputs['schema']!, 'utf8')
  return { ...result, schema }
}

test('data like its reference passes, and the evidence names both files by digest', async () => {
  const { headline, outputs, statements, verdict } = await gate({ 'now.csv': flights({ rows: 2100 }) })
  expect({ headline, outputs, verdict }).toMatchObject({
    verdict: 'pass',
    headline:
      '2100 rows with 4 columns are what they must be; 4 comparisons with the reference show no more drift than allowed.',
    outputs: { rows: '2100', columns: '4', drifted: '' },
  })
  expect(statements[0]?.predicate).toMatchObject({
    result: 'PASSED',
    configuration: [
      { name: 'sluice/data-gate' },
      {
        name: 'now.csv',
        digest: { sha256: expect.stringMatching(/^[0-9a-f]{64}$/) },
        annotations: { role: 'data' },
      },
      { name: 'ref.csv', annotations: { role: 'reference' } },
      { name: 'data' },
      { name: 'drift' },
    ],
    failedTests: [],
  })
})

test('data that moved fails, with the column, the interval and where it moved', async () => {
  const result = await gate({ 'now.csv': flights({ shift: 400, late: 5 }) })
  expect(result).toMatchObject({ verdict: 'fail', outputs: { drifted: 'distance\nlate\ndistance' } })
  expect(result.headline).toMatch(/^`distance` has moved: psi \d/)
  expect(result.statements[0]?.predicate).toMatchObject({
    result: 'FAILED',
    failedTests: ['psi of distance at most 0.1', 'psi of late at most 0.1', 'ks of distance at most 0.15'],
  })
})

test('a broken column fails whatever the drift', async () => {
  const result = await gate({ 'now.csv': flights({ rows: 2100 }).replace(',ATL,', ',LHR,') })
  expect(result).toMatchObject({ verdict: 'fail' })
  expect(result.findings.map(({ rule }) => rule)).toEqual(['data/values'])
})

test('few rows are inconclusive, never a pass', async () => {
  const result = await gate({ 'now.csv': flights({ rows: 30 }) })
  expect(result.verdict).toBe('inconclusive')
  expect(result.statements[0]?.predicate).toMatchObject({ result: 'FAILED' })
})

test('a table that is its own reference proves nothing', async () => {
  const result = await gate({ 'now.csv': flights() })
  expect(result.verdict).toBe('fail')
  expect(result.findings.map(({ rule }) => rule)).toContain('data/reference-is-current')
})

test('a column that drift names and nobody has is inconclusive', async () => {
  const result = await gate({
    'sluice.yaml': RULES.replace('[distance], measure', '[weather], measure'),
    'now.csv': flights({ rows: 2100 }),
  })
  expect(result).toMatchObject({ verdict: 'inconclusive', headline: expect.stringContaining('`weather`') })
})

test('a schema is inferred, and the data it is of keeps it', async () => {
  const { headline, schema } = await gate({ 'now.csv': flights() }, { infer: 'schema.yaml' })
  expect(headline).toBe('A schema of 4 columns was inferred from 2000 rows; nothing was checked.')
  const again = await gate({ 'sluice.yaml': schema, 'now.csv': flights() }, { reference: undefined })
  expect(again.verdict).toBe('pass')
})

test('JSON lines and tab-separated values are read too', async () => {
  const [header, ...rows] = flights({ rows: 2100 }).trim().split('\n')
  const names = header!.split(',')
  const lines = rows.map((row) =>
    JSON.stringify(
      Object.fromEntries(row.split(',').map((cell, i) => [names[i], i === 2 ? cell : Number(cell)])),
    ),
  )
  expect(await gate({ 'now.jsonl': lines.join('\n') }, { data: 'now.jsonl' })).toMatchObject({
    verdict: 'pass',
  })
  expect(
    await gate({ 'now.tsv': flights({ rows: 2100 }).replaceAll(',', '\t') }, { data: 'now.tsv' }),
  ).toMatchObject({ verdict: 'pass' })
})

test.each<[string, Record<string, string>, Partial<Inputs>]>([
  ['DATA_NO_RULES', { 'sluice.yaml': '' }, { reference: undefined }],
  ['DATA_REFERENCE_MISSING', {}, { reference: undefined }],
  ['DATA_REFERENCE_UNUSED', { 'sluice.yaml': 'data: { key: [id] }' }, {}],
  ['DATA_SCHEMA_EXISTS', { 'schema.yaml': 'data: {}' }, { infer: 'schema.yaml' }],
  ['TABLE_FORMAT_UNKNOWN', { 'x.json': '{}' }, { data: 'x.json' }],
  ['TABLE_MALFORMED', { 'now.csv': 'id,distance\n1\n' }, {}],
  ['FILE_NOT_FOUND', {}, { data: 'none.csv' }],
  ['CONFIG_INVALID', { 'sluice.yaml': 'data: { drift: [{ columns: [a], atMost: -1 }] }' }, {}],
])('says %s', async (code, files, inputs) => {
  await expect(gate({ 'now.csv': flights(), ...files }, inputs)).rejects.toMatchObject({ code })
})

const junit = (inside: string) =>
  `<testsuite><testcase name="rows"/><testcase name="nulls">${inside}</testcase></testsuite>`

test('what other tools found counts, with or without a table', async () => {
  const alone = { data: undefined, reference: undefined, results: ['checks/*'] }
  const passed = await gate({ 'checks/a.xml': junit('') }, alone)
  expect(passed).toMatchObject({
    verdict: 'pass',
    headline: '2 checks of other tools passed.',
    outputs: { checks: '2', rows: '' },
  })
  expect(passed.statements[0]?.predicate).toMatchObject({
    configuration: [{}, { name: 'checks/a.xml', annotations: { role: 'results of JUnit' } }, {}, {}],
    passedTests: ['JUnit: checks/a.xml'],
  })
  expect(await gate({ 'checks/a.xml': junit('<failure message="7 nulls"/>') }, alone)).toMatchObject({
    verdict: 'fail',
    headline: 'JUnit: nulls failed: 7 nulls.',
  })
  expect(await gate({ 'checks/a.xml': junit('<skipped/>') }, alone)).toMatchObject({
    verdict: 'inconclusive',
  })
  const both = { 'now.csv': flights({ rows: 2100 }), 'checks/a.xml': junit('<error/>') }
  expect(await gate(both, { results: ['checks/*'] })).toMatchObject({
    verdict: 'fail',
    outputs: { rows: '2100' },
  })
})

/** Written by the tools themselves: see packages/evaluation/test/harness/write/README.md. */
test.each([
  ['validations-ok.tfrecord', 'pass', []],
  ['validations-ok.parquet', 'pass', []],
  ['validations-failed.tfrecord', 'fail', Array(6).fill('checks/failed')],
  ['validations-missing.tfrecord', 'fail', ['checks/failed']],
  ['validations-nothing.tfrecord', 'fail', ['checks/failed']],
  ['validations-stamped.tfrecord', 'inconclusive', ['checks/skipped']],
  ['deequ.json', 'fail', Array(3).fill('checks/failed')],
])('%s is %s', async (file, verdict, rules) => {
  const samples = new URL('../../../packages/evaluation/test/harness/samples/', import.meta.url)
  const files = { [`eval/${file}`]: new Uint8Array(await readFile(new URL(file, samples))) }
  const result = await gate(files, { data: undefined, reference: undefined, results: ['eval/*'] })
  expect(result.verdict).toBe(verdict)
  expect(result.findings.map(({ rule }) => rule)).toEqual(rules)
})

test.each<[string, Record<string, string>, Partial<Inputs>]>([
  ['DATA_MISSING', {}, { data: undefined, reference: undefined }],
  ['DATA_RESULTS_NOT_FOUND', {}, { results: ['none/*.json'] }],
  ['HARNESS_UNKNOWN', { 'x.json': '{"a":"b"}' }, { results: ['x.json'] }],
  ['HARNESS_MALFORMED', { 'x.json': '{' }, { results: ['x.json'] }],
])('says %s', async (code, files, inputs) => {
  await expect(gate(files, inputs)).rejects.toMatchObject({ code })
})

/** Users of forty flights each, every one at a few distances of its own. */
function usersFlights(users: number, from: number): string {
  const lines = Array.from({ length: users * 40 }, (_, i) => {
    const user = Math.floor(i / 40)
    return `${i},${((from + user) ** 2 * 7919) % 997},u${from + user},${1 + (i % 2)}`
  })
  return `id,distance,user,weight\n${lines.join('\n')}\n`
}

test('rows of one user are not so many rows, where the rule names the user', async () => {
  const rules = (aside: string) =>
    `data: { drift: [{ columns: [distance], measure: ks, atMost: 0.02${aside} }] }`
  const files = { 'ref.csv': usersFlights(40, 1), 'now.csv': usersFlights(40, 2001) }
  expect(await gate({ ...files, 'sluice.yaml': rules('') })).toMatchObject({ verdict: 'fail' })
  expect(await gate({ ...files, 'sluice.yaml': rules(', cluster: user') })).toMatchObject({
    verdict: 'inconclusive',
    headline: expect.stringContaining('the interval holds both sides'),
  })
})

test('weights enter the shares, and one that is no number decides nothing', async () => {
  const rules = 'data: { drift: [{ columns: [distance], weight: weight, atMost: 0.1 }] }'
  const weighted = (rows: number, weight: (distance: number) => number | string) =>
    `distance,weight\n${Array.from({ length: rows }, (_, i) => {
      const distance = (i * 7919) % 1000
      return `${distance},${weight(distance)}\n`
    }).join('')}`
  const files = { 'sluice.yaml': rules, 'ref.csv': weighted(3000, () => 1) }
  const now = async (weight: (distance: number) => number | string) =>
    await gate({ ...files, 'now.csv': weighted(3001, weight) })
  expect(await now(() => 5)).toMatchObject({ verdict: 'pass' })
  expect(await now((distance) => (distance < 500 ? 1 : 4))).toMatchObject({ verdict: 'fail' })
  for (const bad of ['', 'much', '-1', 'inf'])
    expect(await now((distance) => (distance === 7 ? bad : 1))).toMatchObject({
      verdict: 'inconclusive',
      headline: expect.stringContaining('a weight that is missing, negative or infinite'),
    })
  expect(await gate({ ...files, 'now.csv': weighted(3001, () => 0) })).toMatchObject({
    verdict: 'inconclusive',
    headline: expect.stringContaining('every weight is 0'),
  })
  expect(await gate({ ...files, 'now.csv': flights() })).toMatchObject({
    verdict: 'inconclusive',
    headline: expect.stringContaining('its weight `weight` is not a column of both tables'),
  })
})
