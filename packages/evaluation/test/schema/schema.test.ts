import { parseSection } from '@sluice/config'
import { describe, expect, test } from 'vitest'
import { checkSchema } from '../../src/schema/check.js'
import { inferSchema } from '../../src/schema/infer.js'
import { dataSection } from '../../src/schema/section.js'
import { columnNames } from '../../src/table/column-names.js'
import { readTable } from '../../src/table/read.js'
import { columnOf, type KeyColumn } from '../../src/table/table.js'

const bytes = (text: string) => new TextEncoder().encode(text)

/** Checks a CSV against a section `data` as a user writes it; rules and messages of what was found. */
async function check(csv: string, yaml: string): Promise<string[]> {
  const policy = parseSection(`data:\n${yaml}`, 'sluice.yaml', dataSection)
  const present = await columnNames('x.csv', bytes(csv), 'csv')
  const wanted = Object.keys(policy.columns).filter((name) => present.includes(name))
  const table = await readTable(
    'x.csv',
    bytes(csv),
    'csv',
    wanted.map((name) => ({ name, kind: 'any' })),
  )
  const unique = [
    ...Object.entries(policy.columns)
      .filter(([, { unique: one }]) => one)
      .map(([name]) => name),
    ...policy.key,
  ]
  const keyed = await readTable(
    'x.csv',
    bytes(csv),
    'csv',
    [...new Set(unique)].filter((name) => present.includes(name)).map((name) => ({ name, kind: 'key' })),
  )
  const keys = new Map<string, KeyColumn>(
    [...keyed.columns.keys()].map((name) => [name, columnOf(keyed, name, 'key')]),
  )
  return checkSchema(table, keys, present, policy).findings.map(({ message, rule }) => `${rule}: ${message}`)
}

const CSV =
  'id,distance,origin,late,day\n1,100,ATL,1,2026-01-01\n2,250.5,JFK,0,2026-01-02\n3,900,ATL,1,2026-01-03\n'
const GOOD = `  key: [id]
  rows: { min: 3, max: 3 }
  otherColumns: refuse
  columns:
    id: { type: integer, unique: true, min: 1 }
    distance: { type: number, min: 0, max: 5000 }
    origin: { type: string, values: [ATL, JFK] }
    late: { type: boolean }
    day: { type: date }
`

test('data that is what it must be has no finding', async () => {
  expect(await check(CSV, GOOD)).toEqual([])
})

describe('each thing that is wrong has a name', () => {
  test.each<[string, string, string, string]>([
    [
      'a missing column',
      CSV,
      GOOD.replace('    day:', '    night:'),
      'data/column-missing: There is no column `night`; expected one of type date.',
    ],
    [
      'a mistyped column',
      CSV,
      GOOD.replace('    day:', '    dya:'),
      'data/column-missing: There is no column `dya`; expected one of type date, and there is `day`.',
    ],
    [
      'a column nobody declared',
      CSV,
      GOOD.replace('    day: { type: date }\n', ''),
      'data/column-unknown: There are 1 columns that nobody declared, such as `day`',
    ],
    [
      'too few rows',
      CSV,
      GOOD.replace('min: 3', 'min: 4').replace(', max: 3', ''),
      'data/too-few-rows: There are 3 rows; expected 4',
    ],
    ['too many rows', CSV, GOOD.replace('min: 3, max: 3', 'max: 2'), 'data/too-many-rows'],
    [
      'text among numbers',
      CSV.replace('100', 'n/a'),
      GOOD,
      'data/type: Column `distance`: 1 of 3 values are not numbers, such as "n/a"',
    ],
    [
      'a fraction among whole numbers',
      CSV.replace('\n1,', '\n1.5,'),
      GOOD,
      'data/type: Column `id`: 1 of 3 values are not whole numbers, such as "1.5"',
    ],
    [
      'a word among booleans',
      CSV.replace('ATL,1,2026-01-03', 'ATL,maybe,2026-01-03'),
      GOOD,
      'data/type: Column `late`',
    ],
    [
      'no date',
      CSV.replace('2026-01-02', '02.01.2026'),
      GOOD,
      'data/type: Column `day`: 1 of 3 values are not dates (2026-03-03), such as "02.01.2026"',
    ],
    [
      'a value that is missing',
      CSV.replace('100', ''),
      GOOD,
      'data/nulls: Column `distance`: 1 of 3 values are missing',
    ],
    ['Python’s NaN', CSV.replace('100', 'NaN').replace('NaN', ''), GOOD, 'data/nulls'],
    [
      'a value under the least',
      CSV.replace('100', '-7'),
      GOOD,
      'data/range: Column `distance`: 1 values are under 0, down to −7',
    ],
    [
      'a value over the greatest',
      CSV.replace('900', '9000'),
      GOOD,
      'data/range: Column `distance`: 1 values are over 5000, up to 9000',
    ],
    ['infinity', CSV.replace('100', 'Infinity'), GOOD, 'data/type: Column `distance`'],
    [
      'a value nobody knows',
      CSV.replace('JFK', 'LHR'),
      GOOD,
      'data/values: Column `origin`: 1 of 3 values are none of the 2 that there may be, such as "LHR"',
    ],
    [
      'a value twice',
      CSV.replace('\n3,', '\n2,'),
      GOOD,
      'data/unique: Column `id`: 1 values appear more than once, such as "2"',
    ],
    [
      'a key twice',
      CSV.replace('\n3,', '\n2,'),
      GOOD.replace('unique: true, ', ''),
      'data/key: 1 keys (`id`) appear more than once, such as 2',
    ],
    [
      'a key of two columns twice',
      CSV.replace('900,ATL', '900,JFK').replace('2,250.5', '3,250.5'),
      GOOD.replace('[id]', '[id, origin]').replace('unique: true, ', ''),
      'data/key: 1 keys (`id`, `origin`)',
    ],
    [
      'a key of one column that is not there',
      CSV,
      GOOD.replace('[id]', '[idd]'),
      'data/column-missing: The key `idd` names what is no column: `idd`, and there is `id`.',
    ],
    [
      'a key of which one column is not there',
      CSV,
      GOOD.replace('[id]', '[id, airline]'),
      'data/column-missing: The key `id`, `airline` names what is no column: `airline`.',
    ],
  ])('%s', async (_, csv, yaml, says) => {
    const found = await check(csv, yaml)
    expect(found.join('\n')).toContain(says)
  })
})

test('a share that is allowed is allowed to the row', async () => {
  const yaml = GOOD.replace('max: 5000', 'max: 5000, nulls: 0.34').replace(
    '[ATL, JFK]',
    '[ATL], unknown: 0.34',
  )
  expect(await check(CSV.replace('100', ''), yaml)).toEqual([])
  expect(await check(CSV.replace('100', ''), yaml.replaceAll('0.34', '0.33'))).toHaveLength(2)
})

test('an optional column may be missing, and is checked where it is there', async () => {
  const yaml = GOOD.replace('day: { type: date }', 'day: { type: date, optional: true }')
  expect(await check(CSV.replaceAll(/,(day|2026-01-0\d)\n/g, '\n'), yaml)).toEqual([])
  expect(await check(CSV.replace('2026-01-01', 'soon'), yaml)).toHaveLength(1)
})

test('hostile names and values are cut and stay on their line', async () => {
  const long = 'x'.repeat(5000)
  const [message] = await check(CSV.replace('JFK', `"${long}\n::error::"`), GOOD)
  expect(message!.length).toBeLessThan(400)
})

async function inferred(csv: string): Promise<string> {
  const names = await columnNames('x.csv', bytes(csv), 'csv')
  const table = await readTable(
    'x.csv',
    bytes(csv),
    'csv',
    names.map((name) => ({ name, kind: 'any' })),
  )
  const keyed = await readTable(
    'x.csv',
    bytes(csv),
    'csv',
    names.map((name) => ({ name, kind: 'key' })),
  )
  return inferSchema(table, new Map(names.map((name) => [name, columnOf(keyed, name, 'key')])))
}

test('a schema is inferred for a person to review, and the data it is of keeps it', async () => {
  const rows = Array.from(
    { length: 40 },
    (_, i) => `${i},${(i * 37) % 11}.5,${'AB'[i % 2]},${i % 2},${i === 7 ? '' : 0.25},yes`,
  )
  const csv = `id,distance,origin,late,"share, of it",no\n${rows.join('\n')}\n`
  const yaml = await inferred(csv)
  expect(yaml).toBe(`data:
  rows: { min: 20 } # the reference has 40
  columns:
    id: { type: integer, min: 0, unique: true } # 0 to 39
    distance: { type: number, min: 0 } # 0.5 to 10.5
    origin: { type: string, values: [A, B] }
    late: { type: boolean }
    "share, of it": { type: number, nulls: 0.025, min: 0, max: 1 } # 0.25 to 0.25
    "no": { type: string, values: ["yes"] }
`)
  expect(await check(csv, yaml.slice('data:\n'.length))).toEqual([])
})
