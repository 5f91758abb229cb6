import { describe, expect, test } from 'vitest'
import { examineRows } from '../../src/examine-rows.js'
import { joinPredictions } from '../../src/predictions/predictions.js'
import { type DeclaredSlice, sliceSpec } from '../../src/slices/spec.js'
import type { Table } from '../../src/table/table.js'
import { policy, ROLES, tableOf, world } from '../world.js'

/** Flights with a distance that grows with the row; the candidate is bad on long ones at JFK alone. */
const ROWS = world({ rows: 8000, seed: 7, skill: () => 1.2 }).map((row) => ({
  ...row,
  distance: row.id as number,
  candidate: row.origin === 'JFK' && (row.id as number) >= 4000 ? 1 - row.candidate : row.candidate,
}))

function withDistance(table: Table, values = ROWS.map(({ distance }) => distance)): Table {
  const half = Int32Array.from(values, (one) => (one < 4000 ? 0 : 1))
  return {
    ...table,
    columns: new Map([
      ...table.columns,
      ['distance', { kind: 'number', values: Float64Array.from(values) }],
      ['half', { kind: 'word', words: ['early', 'late'], codes: half }],
    ]),
  }
}

function outcome(slices: DeclaredSlice[], rest: Record<string, unknown> = {}) {
  const rules = [{ metric: 'auc', margin: 0.02, slices, ...rest }]
  const table = withDistance(tableOf(ROWS))
  const joined = joinPredictions(table, table, { ...ROLES, slices: slices.map(sliceSpec) })
  const { findings, outcomes } = examineRows(joined, policy(rules))
  const state = Object.fromEntries(
    outcomes[0]!.cases.map(({ rows, state, where }) => [
      where.kind === 'slice' ? `${where.column}: ${where.value}` : where.kind,
      `${state} ${rows}`,
    ]),
  )
  return { findings, state, verdict: outcomes[0]!.verdict }
}

describe('a rule holds for', () => {
  test('every combination of a cross, which finds what neither column shows alone', () => {
    const { state, verdict } = outcome([{ cross: ['origin', 'half'] }])
    expect(Object.keys(state)).toHaveLength(8)
    const bad = Object.entries(state).filter(([, one]) => one.startsWith('bad'))
    expect(bad).toEqual([['origin × half: JFK × late', 'bad 1000']])
    expect(verdict).toBe('fail')
  })

  test('every range, half open, and the rows below the first and from the last edge', () => {
    const { state } = outcome([{ column: 'distance', ranges: [2000, 4000] }])
    expect(state).toEqual({
      'distance: under 2000': 'good 2000',
      'distance: 2000 to 4000': 'good 2000',
      'distance: from 4000': 'bad 4000',
    })
  })

  test('no ranges of a column without a number: all rows would be one slice, and pass as it', () => {
    expect(() => outcome([{ column: 'origin', ranges: [2000, 4000] }])).toThrow(
      expect.objectContaining({
        code: 'SLICE_NOT_NUMERIC',
        message: '`ranges` cut `origin`, and no row has a number there.',
        remedy: expect.stringContaining('slice `origin` by its values'),
      }),
    )
  })

  test('the rows of a condition alone', () => {
    const name = 'long from JFK'
    const where = "origin == 'JFK' and distance >= 4000"
    const { findings, state } = outcome([{ name, where }])
    expect(state).toEqual({ [`${name}: ${where}`]: 'bad 1000' })
    expect(findings).toMatchObject([
      { rule: 'evaluation/slice-regression', slice: `${name}=${where}`, level: 'error' },
    ])
    expect(outcome([{ name: 'the rest', where: `not (${where})` }])).toMatchObject({
      verdict: 'pass',
      state: { [`the rest: not (${where})`]: 'good 7000' },
    })
  })
})

test.each<[string, DeclaredSlice]>([
  ['a condition that no row meets', { name: 'far', where: 'distance > 1e9' }],
  ['an expected value that no row has', { column: 'origin', expect: ['JFK', 'ATL'] }],
])('%s is not decided, under a name of its own', (_, slice) => {
  const { findings } = outcome([slice], { margin: 1 })
  expect(findings).toMatchObject([{ rule: 'evaluation/slice-missing', level: 'unknown', waivable: false }])
})

test('an expected value is judged alone however few its rows are, and says what it needs', () => {
  const { state } = outcome([{ column: 'origin', expect: ['SFO'] }], { minRows: 5000 })
  expect(state).toEqual({ 'origin: SFO': 'undecided 2000', small: 'bad 6000' })
})

test('a champion’s file that puts a row into another range is refused', () => {
  const ours = withDistance(tableOf(ROWS))
  const theirs = withDistance(
    tableOf(ROWS),
    ROWS.map(({ distance }) => (distance === 5 ? 9000 : distance)),
  )
  const slices = [sliceSpec({ column: 'distance', ranges: [4000] })]
  expect(joinPredictions(ours, theirs, { ...ROLES, slices })).toMatchObject({
    state: 'refused',
    findings: [
      { rule: 'evaluation/slices-differ', message: expect.stringContaining('1 rows have another distance') },
    ],
  })
})

test('what is no number is in a range of its own, so that no row escapes', () => {
  const table = withDistance(
    tableOf(ROWS),
    ROWS.map(({ distance }) => (distance < 500 ? Number.NaN : distance)),
  )
  const slices = [sliceSpec({ column: 'distance', ranges: [4000] })]
  const joined = joinPredictions(table, table, { ...ROLES, slices })
  const { outcomes } = examineRows(
    joined,
    policy([{ metric: 'auc', margin: 0.02, slices: [{ column: 'distance', ranges: [4000] }] }]),
  )
  expect(outcomes[0]!.cases.map(({ rows, where }) => [where.kind === 'slice' && where.value, rows])).toEqual([
    ['', 500],
    ['from 4000', 4000],
    ['under 4000', 3500],
  ])
})

test.each([
  [{ column: 'distance', ranges: [2, 1] }, 'Expected rising edges'],
  [{ name: 'x', where: 'distance >' }, 'a number, or a word in quotes was expected at character 11'],
  [{ cross: ['origin'] }, 'cross'],
])('%j is refused with what was expected', (slice, says) => {
  expect(() => policy([{ metric: 'auc', margin: 0.1, slices: [slice] }])).toThrow(says)
})
