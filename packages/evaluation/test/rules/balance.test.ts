import { examineRows, joinPredictions, type Roles } from '@sluice/evaluation'
import { verdictOf } from '@sluice/verdict'
import { describe, expect, test } from 'vitest'
import type { Column } from '../../src/table/table.js'
import { generator, policy, ROLES, tableOf, world } from '../world.js'

const worse = world({ rows: 2000, skill: () => 0.2 })
/** One row on which the candidate is right and the champion is not. */
const gamed = worse.map((row) => (row.id === 0 ? { ...row, late: 1, candidate: 0.99, champion: 0.5 } : row))

function examine(
  rows: typeof worse,
  rule: Record<string, unknown>,
  { weight, cluster }: { weight?: (id: number) => number; cluster?: (id: number) => number },
) {
  const table = tableOf(rows)
  const columns = new Map<string, Column>(table.columns)
  const ids = rows.map(({ id }) => Number(id))
  if (weight !== undefined) columns.set('w', { kind: 'number', values: Float64Array.from(ids, weight) })
  if (cluster !== undefined) {
    const codes = Int32Array.from(ids, cluster)
    const words = Array.from({ length: Math.max(...codes) + 1 }, (_, code) => `c${code}`)
    columns.set('c', { kind: 'word', codes, words })
  }
  const roles: Roles = {
    ...ROLES,
    ...(weight === undefined ? {} : { weight: 'w' }),
    ...(cluster === undefined ? {} : { cluster: 'c' }),
  }
  const wide = { rows: table.rows, columns }
  return examineRows(joinPredictions(wide, wide, roles), policy([rule]))
}

const METRICS = ['log_loss', 'brier', 'accuracy', 'auc', 'f1']

describe('what hangs on a few rows decides nothing', () => {
  test.each(METRICS)('a worse candidate does not pass by one row that outweighs all others: %s', (metric) => {
    const rule = { metric, margin: 0.01 }
    expect(verdictOf(examine(gamed, rule, { weight: () => 1 }).findings)).toBe('fail')
    for (const heavy of [1e4, 1e9, 1e200, Number.MAX_VALUE]) {
      const { outcomes } = examine(gamed, rule, { weight: (id) => (id === 0 ? heavy : 1) })
      expect(outcomes[0]!.verdict).toBe('inconclusive')
      expect(outcomes[0]!.reason).toMatch(
        /some of the 2000 rows count so much more than the others that all say as much as (1|1\.1|1\.[2-6]) alike; 20 are needed/,
      )
    }
  })

  test('nor by rows that all have the weight 0 but a few', () => {
    const { outcomes } = examine(
      gamed,
      { metric: 'brier', margin: 0.01 },
      { weight: (id) => (id < 5 ? 1 : 0) },
    )
    expect(outcomes[0]!.reason).toContain('as much as 5 alike')
  })

  test('nor by one cluster that holds nearly all rows', () => {
    const good = world({ rows: 2000, skill: () => 1.5 })
    const rows = good.map((row, i) => (i < 1900 ? row : worse[i]!))
    const { outcomes } = examine(
      rows,
      { metric: 'brier', margin: 0.01 },
      { cluster: (id) => Math.max(0, id - 1899) },
    )
    expect(outcomes[0]!.verdict).toBe('inconclusive')
    expect(outcomes[0]!.reason).toContain('some of the 101 clusters count so much more')
  })

  test('a worse candidate is shown to be worse by uneven weights, and in few clusters of one size', () => {
    const random = generator(3)
    const uneven = new Float64Array(2000).map(() => (-Math.log(random())) ** 2)
    const rule = { metric: 'log_loss', margin: 0.01 }
    expect(examine(worse, rule, { weight: (id) => uneven[id]! }).outcomes[0]!.verdict).toBe('fail')
    expect(examine(worse, rule, { cluster: (id) => id % 6 }).outcomes[0]!.verdict).toBe('fail')
  })
})
