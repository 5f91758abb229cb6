import { examineRows, joinPredictions, planRows } from '@sluice/evaluation'
import { describe, expect, test } from 'vitest'
import { policy, ROLES, tableOf, world } from '../world.js'

function joined(rows: number, seed = 1) {
  const table = tableOf(world({ rows, seed }))
  return joinPredictions(table, table, ROLES)
}

describe('a plan on the rows at hand', () => {
  const rules = [
    { metric: 'auc', margin: 0.02 },
    { metric: 'auc', margin: 0.02, slices: ['origin'] },
    { metric: 'auc', atLeast: 0.6 },
  ]

  test('says for each rule and slice what is detectable, what an equal candidate passes and what is needed', () => {
    const { plans, rows, findings } = planRows(joined(4000), policy(rules))
    expect({ rows, findings }).toEqual({ rows: 4000, findings: [] })
    const [whole, slice] = plans
    expect(plans.map(({ where }) => where)).toEqual([
      'all rows',
      ...['JFK', 'LAX', 'ORD', 'SFO'].map((origin) => `origin = '${origin}'`),
      'all rows',
    ])
    expect(slice!.rows).toBe(1000)
    expect(slice!.detectable! / whole!.detectable!).toBeCloseTo(2, 0)
    expect(slice!.rowsNeeded! / whole!.rowsNeeded!).toBeCloseTo(1, 0)
    expect(whole!.equalPasses).toBeGreaterThan(slice!.equalPasses!)
    // A bound has nothing that an equal candidate could lose.
    expect(plans.at(-1)).toMatchObject({ rowsNeeded: undefined, equalPasses: undefined })
    expect(plans.at(-1)!.detectable).toBeGreaterThan(0)
  })

  test('the rows it asks for pass an equal candidate about as often as planned', () => {
    const one = policy([{ metric: 'auc', margin: 0.03 }])
    const { plans } = planRows(joined(20_000), one)
    const rows = plans[0]!.rowsNeeded!
    const runs = 200
    let passed = 0
    for (let seed = 2; seed < 2 + runs; seed++)
      if (examineRows(joined(rows, seed), one).outcomes[0]!.verdict === 'pass') passed++
    expect(passed / runs).toBeGreaterThan(0.72)
    expect(passed / runs).toBeLessThan(0.88)
  })

  test('a table that cannot be trusted plans nothing', () => {
    const table = tableOf(world({ rows: 400 }).map((row) => ({ ...row, candidate: row.champion })))
    const { plans, findings } = planRows(joinPredictions(table, table, ROLES), policy(rules))
    expect(plans).toEqual([])
    expect(findings).toMatchObject([{ rule: 'evaluation/champion-is-candidate' }])
  })
})
