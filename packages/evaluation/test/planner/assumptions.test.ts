import { planAssumed, planTable, readAssumptions } from '@sluice/evaluation'
import { describe, expect, test } from 'vitest'
import { policy } from '../world.js'

describe('a plan before there is a row', () => {
  test('Miller’s example: 969 rows at the default level, 764 at a one-sided 0.05', () => {
    const rules = [{ metric: 'log_loss', margin: 0.03 }]
    const assumed = readAssumptions(['variance=0.1111111111111111'])
    for (const [alpha, rows] of [
      [0.025, 969],
      [0.05, 764],
    ] as const) {
      const { plans } = planAssumed(policy(rules, { alpha }), assumed)
      expect(plans).toMatchObject([{ rowsNeeded: rows, basis: 'variance' }])
      expect(planTable(plans, alpha).title).toBe(
        `What can be shown at one-sided alpha ${alpha} (two-sided ${2 * alpha}), power 80 %`,
      )
    }
  })

  test('says what to assume where it is not said', () => {
    const rules = [
      { metric: 'auc', margin: 0.01 },
      { metric: 'f1', margin: 0.01 },
    ]
    const { plans } = planAssumed(policy(rules), readAssumptions(['prevalence=0.2']))
    expect(plans[0]?.basis).toContain("to be assumed: auc (the champion's AUC)")
    expect(plans[1]?.basis).toContain('predictions')
    expect(plans.every((plan) => plan.rowsNeeded === undefined)).toBe(true)
  })

  test.each(['rmse', 'ece', 'micro_f1', 'macro_recall', 'average_precision'])('%s is no mean', (metric) => {
    const task = metric === 'rmse' ? 'regression' : 'binary'
    const { plans } = planAssumed(
      policy([{ metric, margin: 0.1 }], { task }),
      readAssumptions(['variance=0.1']),
    )
    expect(plans).toMatchObject([{ rowsNeeded: undefined, basis: expect.stringContaining('predictions') }])
  })

  test('clusters and repeats count as what they are', () => {
    const rules = [{ metric: 'log_loss', margin: 0.03 }]
    const needed = (...entries: string[]) =>
      planAssumed(policy(rules), readAssumptions(['variance=0.1', ...entries])).plans[0]!.rowsNeeded!
    expect(needed('design-effect=3') / needed()).toBeCloseTo(3, 1)
    expect(needed('within=0.2', 'repeats=4') / needed()).toBeCloseTo(2, 1)
  })

  test.each([
    ['disagreement', 'expected one of rows'],
    ['size=3', 'expected one of rows'],
    ['prevalence=1', 'above 0 and below 1'],
    ['rows=NaN', 'at least 1'],
    ['rows=1=2', 'expected one of rows'],
  ])('refuses %s', (entry, message) => {
    expect(() => readAssumptions([entry])).toThrow(
      expect.objectContaining({ code: 'PLAN_ASSUMPTION_INVALID', message: expect.stringContaining(message) }),
    )
    expect(() => readAssumptions(['auc=0.8', 'auc=0.9'])).toThrow('twice')
  })
})
