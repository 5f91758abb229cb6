import { examineRows, joinPredictions, METRICS } from '@sluice/evaluation'
import { describe, expect, test } from 'vitest'
import { policy, ROLES, tableOf, world } from '../world.js'

describe('few rows of what a metric rests on', () => {
  /** Both models call fifteen of a thousand rows; the candidate is right on five of its own, the champion on all. */
  const rows = world({ rows: 1000 }).map((row, i) => ({
    ...row,
    late: i < 100 ? 1 : 0,
    candidate: i >= 95 && i < 110 ? 0.9 - i / 1e5 : 0.1 + i / 1e5,
    champion: i < 15 ? 0.9 : 0.1,
  }))
  const table = tableOf(rows)
  const joined = joinPredictions(table, table, ROLES)

  test.each([
    ['precision', '15 rows are predicted positive; precision needs 20 to decide'],
    // A hundred positive rows and fifteen called: enough for F1.
    ['f1', undefined],
  ])('%s', (metric, because) => {
    const { outcomes } = examineRows(joined, policy([{ metric, margin: 0.01 }]))
    const [one] = outcomes[0]!.cases
    if (because === undefined) expect(one!.estimate).toBeDefined()
    else expect(one).toMatchObject({ state: 'undecided', because, candidate: 1 / 3 })
  })

  test('one AUC on few positive rows counts by the wider of two intervals', () => {
    const labels = Int32Array.from({ length: 1000 }, (_, i) => (i < 15 ? 1 : 0))
    // All but perfect: two negative rows stand above one positive.
    const scores = Float64Array.from(labels, (label, i) =>
      i === 3 ? 0.95 : label === 1 ? 2 + i : i < 17 ? 1 : i / 1001,
    )
    const view = { rows: 1000, labels, scores: [scores], classes: ['0', '1'], threshold: 0.5 }
    const found = METRICS.auc.measure(view)
    if (found.state === 'undefined') throw new Error(found.because)
    expect(found.estimate.method).toBe('wider of DeLong, logit scale and Newcombe score')
    const { low, high } = found.estimate.interval(0.95)
    expect(low).toBeLessThan(0.98)
    expect(high).toBeGreaterThan(found.estimate.value)
    expect(found.estimate.below(low)).toBeGreaterThan(0.97)
    expect(found.estimate.above(low)).toBeCloseTo(0.025, 6)
  })
})
