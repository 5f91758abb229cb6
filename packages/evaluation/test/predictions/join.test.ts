import { joinPredictions } from '@sluice/evaluation'
import { describe, expect, test } from 'vitest'
import { ROLES, type Row, tableOf, world } from '../world.js'

const rows = world({ rows: 20 })
const twoFiles = (candidate: readonly Row[], champion: readonly Row[]) =>
  joinPredictions(tableOf(candidate), tableOf(champion), ROLES)

function findings(candidate: readonly Row[], champion: readonly Row[]) {
  const joined = twoFiles(candidate, champion)
  return joined.state === 'refused' ? joined.findings : []
}

describe('joining two files by id', () => {
  test('pairs rows whatever the order of either file', () => {
    const there = twoFiles(rows, rows)
    const shuffled = twoFiles(
      rows.toReversed(),
      rows.toSorted((a, b) => a.late - b.late),
    )
    if (there.state === 'refused' || shuffled.state === 'refused') throw new Error('refused')
    const { ids, ...columns } = there.predictions
    const { ids: others, ...same } = shuffled.predictions
    expect(same).toEqual(columns)
    expect(rows.map((_, place) => others.at(place))).toEqual(rows.map((_, place) => ids.at(place)))
  })

  test('text ids too, and text on one side only', () => {
    const named = rows.map((row) => ({ ...row, id: `flight ${row.id}` }))
    expect(twoFiles(named, named.toReversed()).state).toBe('joined')
    expect(findings(rows, named)[0]).toMatchObject({ rule: 'evaluation/ids-unmatched', level: 'error' })
  })

  test('a candidate that leaves hard rows out is refused, not scored on the easy ones', () => {
    expect(findings(rows.slice(2), rows)[0]).toMatchObject({
      rule: 'evaluation/ids-unmatched',
      level: 'error',
      message: expect.stringContaining(
        '0 ids are only among the candidate’s rows and 2 only'.replace('’', "'"),
      ),
    })
    expect(findings(rows, rows.slice(2))[0]).toMatchObject({ rule: 'evaluation/ids-unmatched' })
  })

  test('an id that appears twice is refused on either side', () => {
    const doubled = [...rows, rows[3]!, rows[3]!]
    expect(findings(doubled, rows)[0]).toMatchObject({
      rule: 'evaluation/ids-duplicate',
      message: "1 ids appear more than once among the candidate's rows, such as 3; expected each once.",
    })
    expect(findings(rows, doubled)[0]).toMatchObject({ rule: 'evaluation/ids-duplicate' })
  })

  test('another label for the same row is refused', () => {
    const changed = rows.with(4, { ...rows[4]!, late: 1 - rows[4]!.late })
    expect(findings(rows, changed)).toMatchObject([{ rule: 'evaluation/labels-differ', level: 'error' }])
  })

  test('a hostile id does not fill the message', () => {
    const named = rows.map((row) => ({ ...row, id: 'x'.repeat(50_000) }))
    expect(findings(named, rows)[0]!.message.length).toBeLessThan(300)
  })

  test('no row is nothing to evaluate', () => {
    expect(findings([], rows)).toMatchObject([{ rule: 'evaluation/no-rows', level: 'unknown' }])
  })
})

describe('labels', () => {
  const withLabels = (words: string[]) => {
    const table = tableOf(rows)
    const codes = Int32Array.from(rows, (_, i) => i % words.length)
    return {
      ...table,
      columns: new Map([...table.columns, ['late', { kind: 'word' as const, words, codes }]]),
    }
  }
  const labels = (words: string[], roles = {}) => {
    const joined = joinPredictions(withLabels(words), undefined, { ...ROLES, ...roles })
    return joined.state === 'joined' ? [...joined.predictions.labels.slice(0, words.length)] : undefined
  }

  test.each([
    [
      ['0', '1'],
      [0, 1],
    ],
    [
      ['False', 'True'],
      [0, 1],
    ],
    [
      ['1.0', '0.0'],
      [1, 0],
    ],
  ])('%o', (words, expected) => {
    expect(labels(words)).toEqual(expected)
  })

  test('a positive label by name', () => {
    expect(labels(['late', 'on time'], { positive: 'late' })).toEqual([1, 0])
  })

  test('classes by name, in the order of the list', () => {
    expect(labels(['b', 'a'], { task: 'multiclass', classes: ['a', 'b', 'c'] })).toEqual([1, 0])
  })

  test.each([
    [['0', '1', ''], {}],
    [['0', '2'], {}],
    [['late', 'on time'], {}],
    [['a', 'b', 'c'], { positive: 'a' }],
    [['a', 'b'], { positive: 'c' }],
    [['a', 'd'], { task: 'multiclass', classes: ['a', 'b', 'c'] }],
  ])('%o as %o is refused', (words, roles) => {
    expect(() => labels(words, roles)).toThrow(expect.objectContaining({ code: 'LABELS_UNREADABLE' }))
  })
})
