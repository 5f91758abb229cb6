import {
  evaluationPredicate,
  examineRows,
  examineSummaries,
  joinPredictions,
  readSummary,
  rulesTable,
  slicesTables,
} from '@sluice/evaluation'
import { describe, expect, test } from 'vitest'
import { policy, ROLES, type Row, tableOf, world } from './world.js'

/** JFK has lost its skill, and three of its rows are far worse than all others. */
const WORST = [40, 44, 48]
const rows = world({ rows: 8000, seed: 5 }).map((row) => {
  if (WORST.includes(Number(row.id))) return { ...row, late: 1, candidate: 1e-6 }
  return row.origin === 'JFK' && row.late === 1 ? { ...row, candidate: row.candidate * 0.4 } : row
})

function examine(rows: readonly Row[], ...rules: Record<string, unknown>[]) {
  const table = tableOf(rows)
  return examineRows(joinPredictions(table, table, ROLES), policy(rules))
}

const SLICED = { metric: 'log_loss', margin: 0.05, slices: ['origin'] }

describe('the ids that count most are named', () => {
  test('of a slice on which the candidate lost, the worst first, and of no slice that holds', () => {
    const { outcomes } = examine(rows, SLICED)
    const named = outcomes[0]!.cases.map(({ examples, state, where }) => [
      where.kind === 'slice' && where.value,
      state,
      examples?.toSorted(),
    ])
    expect(named).toEqual([
      ['JFK', 'bad', ['40', '44', '48']],
      ['LAX', 'good', undefined],
      ['ORD', 'good', undefined],
      ['SFO', 'good', undefined],
    ])
  })

  test('of the worst slice that is undecided', () => {
    const equal = world({ rows: 800, seed: 5 })
    const { outcomes } = examine(equal, { ...SLICED, margin: 0.001 })
    const { cases } = outcomes[0]!
    expect(cases.filter(({ state }) => state === 'undecided').length).toBeGreaterThan(1)
    expect(cases.filter(({ examples }) => examples !== undefined)).toHaveLength(1)
  })

  test('of all rows where a rule fails, and of none where it holds', () => {
    const { outcomes } = examine(rows, { metric: 'log_loss', margin: 0.001 }, { metric: 'auc', atLeast: 0.1 })
    expect(outcomes.map(({ verdict }) => verdict)).toEqual(['fail', 'pass'])
    expect(outcomes[0]!.cases[0]!.examples?.toSorted()).toEqual(['40', '44', '48'])
    expect(outcomes[1]!.cases[0]!.examples).toBeUndefined()
  })

  test('by the candidate’s own loss where a rule has a bound', () => {
    const { outcomes } = examine(rows, { metric: 'log_loss', atMost: 0.1 })
    expect(outcomes[0]!.cases[0]!.examples?.toSorted()).toEqual(['40', '44', '48'])
  })

  test('the same ones whatever the order of the file, the lowest ids of equal losses', () => {
    const tied = rows.map((row) => ({ ...row, candidate: row.late === 1 ? 0.2 : 0.3, champion: 0.5 }))
    const of = (all: readonly Row[]) =>
      examine(all, { metric: 'accuracy', margin: 0.01 }, { metric: 'brier', atMost: 0.01 }).outcomes.map(
        ({ cases }) => cases[0]!.examples,
      )
    const first = tied.filter((row) => row.late === 1).slice(0, 3)
    expect(of(tied)[1]).toEqual(first.map(({ id }) => String(id)))
    expect(of(tied.toReversed())).toEqual(of(tied))
  })

  test('not of a summary', () => {
    const summary = (auc: number) =>
      readSummary('m.json', new TextEncoder().encode(JSON.stringify({ n: 900, auc, auc_stderr: 0.01 })))
    const { outcomes } = examineSummaries(
      summary(0.5),
      summary(0.7),
      policy([{ metric: 'auc', margin: 0.01 }]),
    )
    expect(outcomes[0]).toMatchObject({ verdict: 'fail' })
    expect(outcomes[0]!.cases[0]!.examples).toBeUndefined()
  })
})

test('ids stand in the tables and in the predicate, and a long one is cut', () => {
  const long = rows.map((row) => ({ ...row, id: `${String(row.id).padStart(6, '0')}${'x'.repeat(500)}` }))
  const examination = examine(long, SLICED, { metric: 'log_loss', margin: 0.001 })
  const [table] = slicesTables(examination)
  expect(table!.columns.at(-1)).toBe('Ids that count most')
  const [first, second] = table!.rows
  expect(first!.at(-1)).toMatch(/^0000\d\dx{54}…, 0000\d\dx{54}…, 0000\d\dx{54}…$/)
  expect(second!.at(-1)).toBe('')
  expect(rulesTable(examination).rows[1]!.at(-1)).toContain('0000')
  const { rules } = evaluationPredicate([], examination, policy([SLICED]), []) as {
    rules: { cases: { examples?: string[] }[] }[]
  }
  expect(rules[0]!.cases[0]!.examples).toHaveLength(3)
  expect(rules[0]!.cases[1]).not.toHaveProperty('examples')
})

test('where nothing fails, there is no column of ids', () => {
  const examination = examine(world({ rows: 8000, seed: 5 }), { ...SLICED, margin: 0.5 })
  expect(slicesTables(examination)[0]!.columns).not.toContain('Ids that count most')
  expect(rulesTable(examination).columns).not.toContain('Ids that count most')
})
