import { joinPredictions, planRows, sliceSpec } from '@sluice/evaluation'
import { describe, expect, test } from 'vitest'
import { evaluateCondition } from '../../src/slices/condition/evaluate.js'
import { parseCondition } from '../../src/slices/condition/parse.js'
import { generator, policy, ROLES } from '../world.js'
import { BY, type Flight, flights, flightTable, searched, stated, states } from './searched.js'

describe('a slice on which the candidate is worse, of which nobody said a word', () => {
  const bad: [string, (flight: Omit<Flight, 'candidate'>) => boolean, RegExp][] = [
    ['one value', ({ origin }) => origin === 'JFK', /^origin = 'JFK': bad$/],
    ['a value with a quote in it', ({ origin }) => origin === "O'HARE", /^origin = 'O''HARE': bad$/],
    ['a range', ({ distance }) => distance >= 1700, /^distance >= 1[67]\d\d: bad$/],
    [
      'two values together',
      ({ carrier, origin }) => carrier === 'DL' && origin === 'ORD',
      /^carrier = 'DL' and origin = 'ORD': bad$/,
    ],
    [
      'a value within a range',
      ({ carrier, distance }) => carrier === 'UA' && distance < 500,
      /^carrier = 'UA' and distance < [45]\d\d: bad$/,
    ],
  ]
  test.each(bad)('is found and blocks: %s', (_, worse, named) => {
    const { findings, outcomes } = searched(flightTable(flights(12_000, 3, worse)), {})
    const [first, ...others] = states({ findings, outcomes, rows: undefined })
    expect(first).toMatch(named)
    // What lies within it, around it or across it says nothing more.
    expect(others.filter((one) => one.endsWith('bad'))).toEqual([])
    expect(outcomes[0]!.verdict).toBe('fail')
    const condition = first!.replace(/: bad$/, '')
    expect(findings).toMatchObject([
      {
        rule: 'evaluation/slice-regression',
        slice: condition,
        message: expect.stringContaining('found on the other half'),
      },
    ])
    expect(outcomes[0]!.reason).toMatch(/Found \d+ of \d+ slices on \d+ rows, tested on the \d+ others\.$/)
  })

  test('two of them are both found, and each is named once', () => {
    const worse = ({ origin, carrier }: Omit<Flight, 'candidate'>) =>
      origin === 'JFK' || (carrier === 'DL' && origin === 'ORD')
    const found = states(searched(flightTable(flights(16_000, 5, worse)), {}))
    expect(found.filter((one) => one.endsWith('bad'))).toEqual([
      "origin = 'JFK': bad",
      "carrier = 'DL' and origin = 'ORD': bad",
    ])
  })

  test('of three columns is found at depth 3, and not at depth 1', () => {
    const worse = ({ origin, carrier, distance }: Omit<Flight, 'candidate'>) =>
      origin === 'JFK' && carrier === 'DL' && distance < 700
    const table = flightTable(flights(30_000, 6, worse))
    expect(states(searched(table, {}, { depth: 3 }))[0]).toMatch(
      /^carrier = 'DL' and distance < [67]\d\d and origin = 'JFK': bad$/,
    )
    expect(states(searched(table, {}, { depth: 1 }))[0]).not.toContain(' and ')
  })

  test('as it is called it may be declared, and holds the rows that it was tested on', () => {
    const table = flightTable(
      flights(12_000, 3, ({ carrier, distance }) => carrier === 'UA' && distance < 500),
    )
    const [one] = searched(table, {}).outcomes[0]!.cases
    const condition = one!.where.kind === 'found' ? one!.where.condition : ''
    const slices = [{ find: BY, depth: 2, atMost: 5 }]
    const joined = joinPredictions(table, table, {
      ...ROLES,
      slices: slices.map((slice) => sliceSpec(slice)),
    })
    const halves = joined.state === 'joined' ? joined.predictions.search!.halves : new Uint8Array()
    const met = evaluateCondition(parseCondition(condition), table)
    expect(one!.rows).toBe(met.reduce((sum, is, row) => sum + (is & halves[row]!), 0))
    expect(() =>
      policy([{ metric: 'auc', margin: 1, slices: [{ name: 'x', where: condition }] }]),
    ).not.toThrow()
  })

  test('is planned for by the rows that it would be tested on', () => {
    const table = flightTable(flights(12_000, 3, ({ origin }) => origin === 'JFK'))
    const slices = [{ find: BY, depth: 1, atMost: 1 }]
    const joined = joinPredictions(table, table, {
      ...ROLES,
      slices: slices.map((slice) => sliceSpec(slice)),
    })
    const { plans } = planRows(joined, policy([{ metric: 'log_loss', margin: 0.02, slices }]))
    expect(plans).toMatchObject([{ where: "origin = 'JFK'", detectable: expect.any(Number) }])
    expect(Math.abs(plans[0]!.rows! - 1200)).toBeLessThan(150)
  })

  test('is judged by every metric that says how much a row counts', () => {
    const table = flightTable(flights(12_000, 3, ({ origin }) => origin === 'JFK'))
    for (const metric of ['auc', 'average_precision', 'brier', 'accuracy', 'f1', 'mcc', 'recall'])
      expect(states(searched(table, { metric })), metric).toContain("origin = 'JFK': bad")
  })

  test('is found by the candidate’s own loss where a rule has a bound', () => {
    const table = flightTable(flights(12_000, 3, ({ origin }) => origin === 'JFK'))
    const above = searched(table, { margin: undefined, atMost: 0.7 })
    expect(states(above)[0]).toBe("origin = 'JFK': bad")
  })
})

describe('where no slice is worse', () => {
  test('a candidate that lost everywhere alike does not pass for it', () => {
    const { outcomes } = searched(flightTable(flights(4000, 8, () => true)), { minRows: 700 })
    expect(outcomes[0]).toMatchObject({ verdict: 'fail' })
  })

  test('of a candidate that says what the champion says, the other half is judged as one', () => {
    const same = flights(4000, 8).map((flight) => ({ ...flight, candidate: flight.champion + 1e-9 }))
    const { outcomes } = searched(flightTable(same), { margin: 0.01, metric: 'accuracy' })
    expect(outcomes[0]).toMatchObject({
      verdict: 'pass',
      cases: [{ where: { kind: 'half' }, state: 'good' }],
    })
    expect(outcomes[0]!.reason).toMatch(
      /None of \d+ slices is worse than the rest of the \d+ rows that were searched; the \d+ others were tested as one\.$/,
    )
  })

  test('because none has rows enough, nothing is decided', () => {
    const { findings, outcomes } = searched(flightTable(flights(4000, 8)), { minRows: 1900 })
    expect(outcomes[0]).toMatchObject({ verdict: 'inconclusive', searches: [{ looked: 0, found: 0 }] })
    expect(findings).toMatchObject([
      {
        rule: 'evaluation/undecided',
        level: 'unknown',
        message: expect.stringContaining('no slice could be tested: none has 1900 rows'),
      },
    ])
  })

  test('that can be tested, since classes are too rare, nothing is decided', () => {
    const rows = flights(8000, 8, ({ origin }) => origin === 'JFK').map((flight) => ({
      ...flight,
      late: flight.id % 100 === 0 ? 1 : 0,
    }))
    const rule = { metric: 'brier', minPerClass: 30, margin: 0.5 }
    const { findings, outcomes } = searched(flightTable(rows), rule, { find: { values: ['origin'] } })
    expect(outcomes[0]).toMatchObject({ verdict: 'inconclusive', searches: [{ found: 0, unfit: 1 }] })
    expect(findings[0]!.message).toContain('those that look worse have fewer than 30 rows of a class')
    expect(searched(flightTable(rows), { ...rule, minPerClass: 1 }).outcomes[0]!.verdict).toBe('pass')
  })

  test('because one class is missing where it is looked for, nothing is decided', () => {
    const rows = flights(200, 8).map((flight) => ({ ...flight, late: flight.id === 0 ? 1 : 0 }))
    const { outcomes } = searched(flightTable(rows), { metric: 'auc', minRows: 40 })
    expect(outcomes[0]!.verdict).toBe('inconclusive')
  })
})

describe('the halves', () => {
  const slices = [sliceSpec({ find: BY, depth: 2, atMost: 5 })]
  const halvesOf = (rows: readonly Flight[], cluster?: string) => {
    const table = flightTable(rows)
    const joined = joinPredictions(table, table, { ...ROLES, slices, ...(cluster ? { cluster } : {}) })
    return joined.state === 'joined' ? joined.predictions.search!.halves : new Uint8Array()
  }
  const rows = flights(5000, 9)

  test('are about as large, and a row is in the same whatever others there are', () => {
    const all = halvesOf(rows)
    expect(Math.abs(all.reduce((sum, half) => sum + half, 0) - 2500)).toBeLessThan(3 * Math.sqrt(5000 / 4))
    const some = rows.filter(({ id }) => id % 7 === 0)
    expect([...halvesOf(some)]).toEqual(some.map(({ id }) => all[id]))
  })

  test('share no cluster', () => {
    const halves = halvesOf(rows, 'crew')
    const seen = new Map<string, Set<number>>()
    for (const { crew, id } of rows) seen.set(crew, (seen.get(crew) ?? new Set()).add(halves[id]!))
    expect(seen.size).toBe(300)
    expect([...seen.values()].filter((both) => both.size > 1)).toEqual([])
    expect(new Set(halves).size).toBe(2)
  })
})

test('neither the order of rows and columns, nor that of the names under find, changes a byte', () => {
  const worse = ({ carrier, origin }: Omit<Flight, 'candidate'>) => carrier === 'DL' && origin === 'ORD'
  const rows = flights(6000, 11, worse)
  const random = generator(4)
  const shuffled = rows.map((row) => [random(), row] as const).sort((a, b) => a[0] - b[0])
  const once = stated(searched(flightTable(rows), {}))
  const table = flightTable(
    shuffled.map(([, row]) => row),
    ['distance', 'crew', 'carrier', 'champion', 'origin', 'candidate', 'late', 'id'],
  )
  expect(stated(searched(table, {}))).toBe(once)
  const turned = searched(table, {}, { find: { ranges: ['distance'], values: ['carrier', 'origin'] } })
  expect(states(turned)).toEqual(states(searched(flightTable(rows), {})))
})

test('equal models are blocked no more often than alpha says, for what is found is tested on other rows', () => {
  const runs = 120
  let [blocked, tested] = [0, 0]
  for (let seed = 1; seed <= runs; seed++) {
    const { outcomes } = searched(flightTable(flights(1500, 1000 + seed)), { margin: 0, minRows: 50 })
    if (outcomes[0]!.cases[0]!.where.kind === 'found') tested++
    if (outcomes[0]!.verdict === 'fail') blocked++
  }
  expect(tested).toBeGreaterThan(runs / 2)
  expect(blocked / runs).toBeLessThanOrEqual(0.025 + 3 * Math.sqrt((0.025 * 0.975) / runs))
}, 60_000)

test.each([
  [{ find: {} }, 'Expected 1 to 20 columns under `find`'],
  [{ find: { values: ['a'], ranges: ['a'] } }, 'each once'],
  [{ find: { values: ['a'] }, depth: 4 }, 'depth'],
  [{ find: { values: ['a'] }, atMost: 51 }, 'atMost'],
])('%j is refused', (slice, says) => {
  expect(() => policy([{ metric: 'auc', margin: 0.1, slices: [slice] }])).toThrow(says)
})
