import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import {
  examineRows,
  joinPredictions,
  type Roles,
  readTable,
  sliceSpec,
  wantedColumns,
  whereText,
} from '@sluice/evaluation'
import { expect, test } from 'vitest'
import { policy, ROLES } from '../world.js'

const HOLDOUT = fileURLToPath(
  new URL('../../../../examples/flight-delays/data/holdout.parquet', import.meta.url),
)
/** As docs/gates.md has it; the airports at which `regressed` is worse are those of examples/flight-delays/train/faults.py. */
const SEARCH = {
  find: { values: ['origin', 'destination'], ranges: ['distance'] },
  depth: 2,
  atMost: 10,
}
const FAULTY = ['BWI', 'EWR', 'MCO', 'MIA', 'TPA']

async function outcome(model: 'candidate' | 'regressed') {
  const roles: Roles = { ...ROLES, candidate: [model], slices: [sliceSpec(SEARCH)] }
  const { both, parts, candidate, champion } = wantedColumns(roles)
  const wanted = [...both, ...parts, ...candidate, ...champion]
  const table = await readTable('holdout.parquet', readFileSync(HOLDOUT), 'parquet', wanted)
  const rule = { metric: 'log_loss', margin: 0.01, minRows: 500, slices: [SEARCH] }
  return examineRows(joinPredictions(table, table, roles), policy([rule])).outcomes[0]!
}

test('the airports at which the regressed model is worse are the first five slices that are found, and block', async () => {
  const { cases, reason, verdict } = await outcome('regressed')
  const worst = cases.slice(0, FAULTY.length).map(({ where }) => whereText(where))
  expect(worst.sort()).toEqual(FAULTY.map((airport) => `origin = '${airport}'`))
  const bad = cases.filter(({ state }) => state === 'bad').map(({ where }) => whereText(where))
  expect(bad.length).toBeGreaterThanOrEqual(4)
  expect(worst).toEqual(expect.arrayContaining(bad))
  expect(verdict).toBe('fail')
  expect(reason).toMatch(/Found 10 of \d+ slices on 110516 rows, tested on the 109789 others\.$/)
}, 60_000)

test('the worst slices of the candidate are shown to hold', async () => {
  const { cases, verdict } = await outcome('candidate')
  expect(cases).toHaveLength(10)
  expect(verdict).toBe('pass')
}, 60_000)
