import fc from 'fast-check'
import { expect, test } from 'vitest'
import { columnsOf } from '../../src/slices/condition/condition.js'
import { ConditionError } from '../../src/slices/condition/condition-error.js'
import { DUCKDB } from '../../src/slices/condition/dialects.js'
import { evaluateCondition } from '../../src/slices/condition/evaluate.js'
import { parseCondition } from '../../src/slices/condition/parse.js'
import { conditionSql, type SqlDialect } from '../../src/slices/condition/sql.js'
import type { Table } from '../../src/table/table.js'
import { anyCondition } from './conditions.js'

const words = (...all: string[]) => {
  const distinct = [...new Set(all)]
  return {
    kind: 'word',
    words: distinct,
    codes: Int32Array.from(all, (one) => distinct.indexOf(one)),
  } as const
}
const TABLE: Table = {
  rows: 5,
  columns: new Map<string, Table['columns'] extends ReadonlyMap<string, infer C> ? C : never>([
    ['carrier', words('AA', 'DL', '', 'ua', 'AA')],
    ['distance', { kind: 'number', values: Float64Array.of(100, 500, 900, Number.NaN, -5) }],
    ['month', words('1', '2', '12', 'n/a', '')],
  ]),
}

test.each([
  ["carrier == 'AA'", [1, 0, 0, 0, 1]],
  ["carrier = 'AA'", [1, 0, 0, 0, 1]],
  ["carrier != 'AA'", [0, 1, 0, 1, 0]],
  ["not carrier == 'AA'", [0, 1, 1, 1, 0]],
  ["carrier < 'DL'", [1, 0, 0, 0, 1]],
  ["carrier in ('DL', 'ua')", [0, 1, 0, 1, 0]],
  ["carrier not in ('DL', 'ua')", [1, 0, 1, 0, 1]],
  ['carrier is missing', [0, 0, 1, 0, 0]],
  ['carrier is not missing', [1, 1, 0, 1, 1]],
  ['distance >= 500', [0, 1, 1, 0, 0]],
  ['distance < 500', [1, 0, 0, 0, 1]],
  ['distance != 500', [1, 0, 1, 0, 1]],
  ['distance is missing', [0, 0, 0, 1, 0]],
  ['distance in (-5, 1e2)', [1, 0, 0, 0, 1]],
  ['month in (12, 1, 2)', [1, 1, 1, 0, 0]],
  ["month == '12' or month <= 1", [1, 0, 1, 0, 0]],
  ["carrier == 'AA' and distance > 0 or carrier is missing", [1, 0, 1, 0, 0]],
  ["carrier == 'AA' and (distance > 0 or carrier is missing)", [1, 0, 0, 0, 0]],
  ["not (carrier == 'AA' or distance > 600)", [0, 1, 0, 1, 0]],
  ['`carrier` IS MISSING', [0, 0, 1, 0, 0]],
])('%s', (text, met) => {
  expect([...evaluateCondition(parseCondition(text), TABLE)]).toEqual(met)
})

test('quotes inside quotes are written twice, in words and in names', () => {
  expect(parseCondition(`"it's" = 'x'`.replace(`"it's"`, '`a``b`').replace("'x'", "'it''s'"))).toEqual({
    kind: 'compare',
    column: 'a`b',
    operator: '==',
    value: "it's",
  })
})

test.each([
  ['', 'a column was expected at character 1, and its end found'],
  ['distance', 'a comparison, `in` or `is` was expected at character 9, and its end found'],
  ['distance > carrier', 'a number, or a word in quotes was expected at character 12'],
  ['distance > 1 2', '`and`, `or` or the end was expected at character 14, and `2` found'],
  ['(distance > 1', '`)` was expected'],
  ['carrier in ()', 'a number, or a word in quotes was expected'],
  ["carrier == 'AA", 'begins nothing'],
  ['distance > 1; drop', 'character 13, `;`, begins nothing'],
  ['a is 3', '`missing` was expected'],
  [`${'('.repeat(30)}a > 1${')'.repeat(30)}`, 'nested more than 20'],
  [Array.from({ length: 101 }, () => 'a > 1').join(' and '), 'more than 100 terms'],
  [`a in (${Array.from({ length: 101 }, (_, i) => i).join(',')})`, 'more than 100 terms'],
  [`a == '${'x'.repeat(2000)}'`, 'more than 2000 characters'],
])('%s is refused', (text, says) => {
  expect(() => parseCondition(text)).toThrow(ConditionError)
  expect(() => parseCondition(text)).toThrow(says)
})

test('no text makes the parser do anything but answer or refuse', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom(...`aA1 .()=<>!'"\`,andornotis`.split('')), maxLength: 60 }),
      (text) => {
        try {
          parseCondition(text)
        } catch (error) {
          expect(error).toBeInstanceOf(ConditionError)
        }
      },
    ),
  )
})

test('columns are read as the literals beside them say', () => {
  const found = columnsOf(parseCondition("a > 1 and b == 'x' and (a in ('y', 2) or c is missing)"))
  expect(Object.fromEntries([...found].map(([name, kinds]) => [name, [...kinds]]))).toEqual({
    a: ['number', 'word'],
    b: ['word'],
    c: [],
  })
})

const literal = fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.string())
const column = fc.constantFrom('a', 'b c', 'd`e')
const condition = anyCondition(column, literal)

/** DuckDB's quotes, and casts that are easily told apart. */
const PLAIN: SqlDialect = {
  ...DUCKDB,
  toNumber: (expression) => `num(${expression})`,
  toText: (expression) => `txt(${expression})`,
}

test('no word or name gets out of its quotes in SQL', () => {
  fc.assert(
    fc.property(condition, (one) => {
      const bare = conditionSql(one, PLAIN)
        .replaceAll(/'(?:[^']|'')*'/g, 'W')
        .replaceAll(/"(?:[^"]|"")*"/g, 'N')
      expect(bare).toMatch(/^[\sWN()numtxcoaleswdrfi,=<>0-9.e+-]*$/)
    }),
  )
})

test('a comparison in SQL is never null', () => {
  expect(conditionSql(parseCondition("a > -1.5 or b in ('x') or not c is missing"), PLAIN)).toBe(
    `(coalesce(num("a") > (-1.5e+0), false) or ((coalesce(txt("b"), '') <> '' and coalesce(txt("b"), '') = 'x')) or (not (coalesce(txt("c"), '') = '')))`,
  )
})
