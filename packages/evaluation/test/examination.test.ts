import { examineRows, joinPredictions } from '@sluice/evaluation'
import { verdictOf } from '@sluice/verdict'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { policy, ROLES, type Row, tableOf, world } from './world.js'

function examine(
  rows: readonly Row[],
  rules: readonly Record<string, unknown>[],
  rest: Record<string, unknown> = {},
) {
  const table = tableOf(rows)
  return examineRows(joinPredictions(table, table, ROLES), policy(rules, rest))
}

function verdict(rows: readonly Row[], ...rules: Record<string, unknown>[]) {
  return verdictOf(examine(rows, rules).findings)
}

const equal = world({ rows: 8000 })
const better = world({ rows: 8000, skill: () => 1.5 })
const worse = world({ rows: 8000, skill: () => 0.6 })
/** Better on the whole, worse at JFK. */
const regressed = world({ rows: 8000, skill: (airport) => (airport === 'JFK' ? 0.4 : 1.6) })

describe('three verdicts, decided by the interval', () => {
  test.each([
    ['an equal candidate is shown to lose less than two points', equal, { margin: 0.02 }, 'pass'],
    ['a worse one is shown to lose more', worse, { margin: 0.02 }, 'fail'],
    ['a margin as narrow as the interval decides nothing', equal, { margin: 0.0005 }, 'inconclusive'],
    ['unless that may be a warning', equal, { margin: 0.0005, undecided: 'warn' }, 'warn'],
    ['a better candidate is shown to be better', better, { betterBy: 0 }, 'pass'],
    ['an equal one is not, and that is not decided', equal, { betterBy: 0 }, 'inconclusive'],
    ['a worse one is shown not to be better', worse, { betterBy: 0 }, 'fail'],
    ['better, but shown to be so by less than asked', better, { betterBy: 0.3 }, 'fail'],
    ['a relative margin is a share of the champion', equal, { relativeMargin: 0.03 }, 'pass'],
    ['and is exceeded as well', worse, { relativeMargin: 0.03 }, 'fail'],
    ['above an absolute bound', equal, { atLeast: 0.7 }, 'pass'],
    ['below it', equal, { atLeast: 0.95 }, 'fail'],
    ['under an upper bound', equal, { atMost: 0.95 }, 'pass'],
  ])('%s', (_, rows, demand, expected) => {
    expect(verdict(rows, { metric: 'auc', ...demand })).toBe(expected)
  })

  test('losses are better when lower: the direction turns with the metric', () => {
    for (const metric of ['log_loss', 'brier']) {
      expect(verdict(better, { metric, betterBy: 0 })).toBe('pass')
      expect(verdict(worse, { metric, margin: 0.001 })).toBe('fail')
      expect(verdict(worse, { metric, betterBy: 0 })).toBe('fail')
      expect(verdict(equal, { metric, margin: 0.02 })).toBe('pass')
    }
  })

  test('an undecided rule says how many rows would decide it', () => {
    const { outcomes, findings } = examine(equal.slice(0, 2000), [{ metric: 'auc', margin: 0.004 }])
    const [one] = outcomes[0]!.cases
    expect(one!.state).toBe('undecided')
    expect(one!.rowsNeeded).toBeGreaterThan(2000)
    expect(findings[0]!.message).toContain(`about ${one!.rowsNeeded} rows would decide`)
  })

  // "Block if worse" blocks half of all equal candidates; the gate may do so with probability alpha.
  test('an equal candidate is blocked no more often than alpha', () => {
    const runs = 200
    let blocked = 0
    for (let seed = 1; seed <= runs; seed++) {
      const rows = world({ rows: 300, seed: seed * 7919 })
      if (verdict(rows, { metric: 'accuracy', margin: 0 }) === 'fail') blocked++
    }
    expect(blocked / runs).toBeLessThanOrEqual(0.06)
  })
})

describe('slices', () => {
  const rule = { metric: 'auc', margin: 0.02, slices: ['origin'] }

  test('a slice that lost more than its margin blocks, even when the whole gained', () => {
    const { findings } = examine(regressed, [{ metric: 'auc', betterBy: 0 }, rule])
    expect(findings).toHaveLength(1)
    expect(findings[0]).toMatchObject({ rule: 'evaluation/slice-regression', level: 'error' })
    expect(findings[0]!.message).toMatch(
      /^origin = 'JFK': auc −0\.\d+, 95 % interval \[−0\.\d+, −0\.\d+\], margin 0\.02 \(2000 rows; adjusted p /,
    )
  })

  test('all slices must be shown to hold: the verdict says so, and which correction it used', () => {
    const { outcomes, findings } = examine(better, [rule])
    expect(findings).toEqual([])
    expect(outcomes[0]).toMatchObject({
      verdict: 'pass',
      reason:
        '4 slices: 4 shown to hold, 0 shown not to, 0 undecided (to hold: each must be, no correction; not to: Holm over 4).',
    })
  })

  test('slices too small to be judged alone are judged together, and nothing escapes', () => {
    const airports = ['JFK', 'LAX', ...Array.from({ length: 40 }, (_, i) => `small ${i}`)]
    const rows = world({
      rows: 8400,
      airports,
      skill: (airport) => (airport.startsWith('small') ? 0.3 : 1.5),
    })
    const { outcomes, findings } = examine(rows, [{ ...rule, minRows: 201 }])
    expect(outcomes[0]!.cases.map((one) => one.where)).toEqual([
      { kind: 'small', column: 'origin', values: 42, minRows: 201 },
    ])
    expect(findings[0]!.message).toMatch(/^origin: 42 values under 201 rows together: auc −/)
    expect(outcomes[0]!.cases.reduce((sum, one) => sum + one.rows!, 0)).toBe(8400)
  })

  test('one value under minRows is called one, and the remedy is to lower minRows', () => {
    const airports = ['JFK', 'LAX', 'ORD', 'EWR']
    const few = world({ rows: 8000, airports, skill: () => 1.5 }).filter(
      ({ origin }, i) => origin !== 'EWR' || i < 400,
    )
    const { findings } = examine(few, [{ ...rule, minRows: 500 }])
    expect(findings).toMatchObject([
      {
        message: expect.stringMatching(
          /origin: the 1 value under 500 rows: auc: \d+ rows, and `minRows` of the rule is 500\.$/,
        ),
        remedy: expect.stringContaining('lower `minRows`'),
      },
    ])
  })

  test('an interval beyond the margin that does not decide says that the correction is why', () => {
    const p = [0.001, 0.02, 0.5, 0.6]
    const airports = p.map((_, i) => `A${i}`)
    const skills = [0.4, 0.92, 1.3, 1.3]
    const seen = Array.from({ length: 40 }, (_, seed) =>
      examine(
        world({
          rows: 6000,
          seed: seed + 1,
          airports,
          skill: (airport) => skills[airports.indexOf(airport)]!,
        }),
        [{ ...rule, margin: 0 }],
      ),
    ).find(({ outcomes }) =>
      outcomes[0]!.cases.some((one) => one.state === 'undecided' && one.estimate!.high < 0),
    )
    const open = seen!.findings.find((finding) => finding.rule === 'evaluation/undecided')
    expect(open!.message).toMatch(
      /not shown once corrected for the number of slices: adjusted p 0\.\d+ is above 0\.025/,
    )
  })

  test('a slice of one class is undecided, not passed', () => {
    const rows = better.map((row) => (row.origin === 'LAX' ? { ...row, late: 0 } : row))
    const { outcomes } = examine(rows, [rule])
    expect(outcomes[0]!.verdict).toBe('inconclusive')
    expect(outcomes[0]!.cases.find((one) => one.state === 'undecided')).toMatchObject({
      where: { value: 'LAX' },
      because: '0 rows of the rarer class; the rule needs 10',
    })
  })

  // Twenty equal slices at 2.5 % each would block 40 % of equal candidates without a correction.
  test('many equal slices do not block an equal candidate', () => {
    const airports = Array.from({ length: 20 }, (_, i) => `A${i}`)
    const rates = { holm: 0, none: 0 }
    const runs = 60
    for (let seed = 1; seed <= runs; seed++) {
      const rows = world({ rows: 4000, seed: seed * 104729, airports })
      for (const correction of ['holm', 'none'] as const) {
        if (verdict(rows, { ...rule, margin: 0, correction }) === 'fail') rates[correction]++
      }
    }
    expect(rates.holm / runs).toBeLessThanOrEqual(0.08)
    expect(rates.none / runs).toBeGreaterThan(0.2)
  })
})

describe('what cannot be trusted is named, and never passes', () => {
  const rules = [
    { metric: 'auc', margin: 0.05 },
    { metric: 'log_loss', atMost: 5 },
  ]
  const change = (row: number, part: Partial<Row>) => better.with(row, { ...better[row]!, ...part })

  test.each([
    [
      'a candidate score that is NaN',
      change(17, { candidate: Number.NaN }),
      'evaluation/candidate-not-finite',
      'fail',
    ],
    ['one that is infinite', change(17, { candidate: Infinity }), 'evaluation/candidate-not-finite', 'fail'],
    [
      'a champion score that is NaN',
      change(17, { champion: Number.NaN }),
      'evaluation/champion-not-finite',
      'inconclusive',
    ],
    [
      'a probability above one',
      change(17, { candidate: 1.2 }),
      'evaluation/candidate-not-probability',
      'fail',
    ],
    [
      'labels of one class',
      better.map((row) => ({ ...row, late: 1 })),
      'evaluation/labels-constant',
      'inconclusive',
    ],
    [
      'a champion that is the candidate',
      better.map((row) => ({ ...row, champion: row.candidate })),
      'evaluation/champion-is-candidate',
      'fail',
    ],
    ['an id that is there twice', [...better, better[0]!], 'evaluation/ids-duplicate', 'fail'],
  ])('%s', (_, rows, rule, expected) => {
    const { findings, outcomes } = examine(rows, rules)
    expect(findings).toContainEqual(expect.objectContaining({ rule }))
    expect(verdictOf(findings)).toBe(expected)
    expect(outcomes).toEqual([])
  })

  test('scores need not be probabilities where nothing asks for them', () => {
    const scaled = better.map((row) => ({ ...row, candidate: row.candidate * 100 - 50 }))
    expect(verdict(scaled, { metric: 'auc', margin: 0.02 })).toBe('pass')
  })

  test('a decision in place of a score is a warning beside the verdict', () => {
    const hard = better.map((row) => ({ ...row, candidate: row.candidate >= 0.5 ? 1 : 0 }))
    const { findings } = examine(hard, [{ metric: 'auc', atLeast: 0.5 }])
    expect(findings).toMatchObject([{ rule: 'evaluation/scores-are-labels', level: 'warning' }])
  })

  test('too few rows decide nothing', () => {
    expect(verdict(better.slice(0, 50), { metric: 'auc', atLeast: 0.1 })).toBe('inconclusive')
    expect(verdict(better.slice(0, 50), { metric: 'auc', atLeast: 0.1, minRows: 20, minPerClass: 5 })).toBe(
      'pass',
    )
  })

  test('the calibration error decides nothing below two thousand rows', () => {
    const rule = { metric: 'ece', margin: 0.05, minRows: 100 }
    expect(verdict(better.slice(0, 1999), rule)).toBe('inconclusive')
    expect(verdict(equal.slice(0, 4000), rule)).toBe('pass')
  })

  test('a first release holds absolute bounds and records what it could not compare', () => {
    const table = tableOf(better)
    const { champion, ...roles } = ROLES
    expect(champion).toBeDefined()
    const first = (...own: Record<string, unknown>[]) =>
      examineRows(joinPredictions(table, undefined, roles), policy(own))
    const both = first({ metric: 'auc', margin: 0.01 }, { metric: 'auc', atLeast: 0.6 })
    expect(verdictOf(both.findings)).toBe('pass')
    expect(both.findings).toMatchObject([{ rule: 'evaluation/first-release', level: 'note' }])
    expect(both.outcomes.map((outcome) => outcome.verdict)).toEqual(['skipped', 'pass'])
    expect(verdictOf(first({ metric: 'auc', margin: 0.01 }).findings)).toBe('inconclusive')
  })

  // MLflow divides by the signed baseline, and lets NaN through since every comparison with it is false.
  test('a share of a champion of zero is no margin', () => {
    const never = better.map((row) => ({ ...row, champion: 0.1, candidate: 0.4 * row.candidate }))
    const rows = never.with(0, { ...never[0]!, champion: 0.11 })
    const { outcomes } = examine(rows, [{ metric: 'recall', relativeMargin: 0.1 }])
    expect(outcomes[0]).toMatchObject({ verdict: 'inconclusive', reason: expect.stringContaining('is 0') })
  })
})

describe('the verdict hangs on the rows and on nothing else', () => {
  const rules = [
    { metric: 'auc', margin: 0.01 },
    { metric: 'log_loss', margin: 0.01, slices: ['origin'] },
    { metric: 'f1', margin: 0.05 },
    { metric: 'average_precision', atLeast: 0.3 },
    { metric: 'accuracy', betterBy: 0 },
  ]

  test('a permutation of the rows gives the same bytes', () => {
    const rows = world({ rows: 600 })
    const expected = JSON.stringify(examine(rows, rules))
    fc.assert(
      fc.property(fc.infiniteStream(fc.nat()), (keys) => {
        const shuffled = rows
          .map((row) => ({ row, key: keys.next().value as number }))
          .sort((a, b) => a.key - b.key)
          .map(({ row }) => row)
        expect(JSON.stringify(examine(shuffled, rules))).toBe(expected)
      }),
      { numRuns: 15 },
    )
  })

  test('swapping candidate and champion negates every difference', () => {
    const swap = (rows: readonly Row[]) =>
      rows.map((row) => ({ ...row, candidate: row.champion, champion: row.candidate }))
    const rows = world({ rows: 2000, skill: () => 1.3 })
    const compared = rules.filter((rule) => !('atLeast' in rule))
    const there = examine(rows, compared).outcomes.flatMap((outcome) => outcome.cases)
    const back = examine(swap(rows), compared).outcomes.flatMap((outcome) => outcome.cases)
    for (const [i, one] of there.entries()) {
      expect(back[i]!.estimate!.value).toBeCloseTo(-one.estimate!.value, 12)
      expect(back[i]!.estimate!.low).toBeCloseTo(-one.estimate!.high, 9)
      expect(back[i]!.candidate).toBe(one.champion)
    }
  })

  test('clusters widen the interval when their rows move together', () => {
    const rows = world({ rows: 300 }).flatMap((row) =>
      Array.from({ length: 10 }, (_, copy) => ({
        ...row,
        id: Number(row.id) * 10 + copy,
        origin: `u${row.id}`,
      })),
    )
    const table = tableOf(rows)
    const width = (cluster: boolean) => {
      const roles = { ...ROLES, slices: [], ...(cluster ? { cluster: 'origin' } : {}) }
      const [outcome] = examineRows(
        joinPredictions(table, table, roles),
        policy([{ metric: 'auc', margin: 0.02 }]),
      ).outcomes
      const { low, high } = outcome!.cases[0]!.estimate!
      return high - low
    }
    expect(width(true) / width(false)).toBeGreaterThan(2.8)
    expect(width(true) / width(false)).toBeLessThan(3.5)
  })
})
