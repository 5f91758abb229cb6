// How honest the gate is, by simulation: small by default, and with SLUICE_SIMULATION=full as docs/methods/simulation.md
// has it, which the full run writes.
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { MetricName } from '@sluice/evaluation'
import { afterAll, describe, expect, test } from 'vitest'
import type { World } from './binormal.js'
import { type Calibration, calibration, MISCALIBRATIONS, type Miscalibration, SCORES } from './calibration.js'
import { ALPHA, type Coverage, coverage, POWER, WORLDS } from './coverage.js'
import { DRIFT_MEASURES, type DriftCoverage, driftCoverage } from './drift.js'
import { FOUND_METRICS, type FoundSlices, foundSlices } from './found-slices.js'
import { type ManySlices, manySlices } from './many-slices.js'
import { exceptionOf, page } from './report.js'
import { type RulesOfOthers, rulesOfOthers } from './rules-of-others.js'

const full = process.env['SLUICE_SIMULATION'] === 'full'
const SEED = 20261125

/** Fewer runs where one is dear. */
function runsOf(world: World, metric: MetricName): number {
  const dear = metric === 'ece' ? 5 : 1
  const many = full ? 10_000 : 500
  const runs = many / dear / Math.max(1, world.rows / 2000)
  return !full && world.rows > 10_000 ? 0 : Math.round(runs)
}

/** Three standard errors of a share seen in so many runs: what a fixed seed may be off by. */
function slack(share: number, runs: number): number {
  return 3 * Math.sqrt((share * (1 - share)) / runs)
}

const covered: Coverage[] = []
const others: RulesOfOthers[] = []
const slices: ManySlices[] = []
const found: FoundSlices[] = []
const calibrated: Calibration[] = []
const drifted: DriftCoverage[] = []

describe.each(WORLDS)('$name', (world) => {
  const found = coverage(world, (metric) => runsOf(world, metric), SEED)
  covered.push(...found)

  test.runIf(found.length > 0)('intervals hold the truth, equal models pass and are not blocked', () => {
    for (const one of found) {
      const { metric, runs, covers, coversDifference, blocked, passed } = one
      const share = (count: number) => count / runs
      const at = `${world.name}, ${metric}`
      if (runs === 0) continue
      if (exceptionOf(one) === undefined) {
        expect(share(covers), at).toBeGreaterThanOrEqual(0.93 - slack(0.93, runs))
        expect(share(covers), at).toBeLessThanOrEqual(0.97 + slack(0.97, runs))
        expect(share(coversDifference), at).toBeGreaterThanOrEqual(0.93 - slack(0.93, runs))
        // The plan's own error: it takes the variance of many rows, and a normal law.
        expect(share(passed), at).toBeGreaterThanOrEqual(POWER - 0.02 - slack(POWER, runs))
      }
      // Without exception: an equal candidate is hardly ever blocked.
      expect(share(blocked), at).toBeLessThanOrEqual(ALPHA + slack(ALPHA, runs))
    }
  })
})

describe.each(full ? [200, 500, 2000, 10_000, 100_000] : [200, 2000])(
  'calibration error, %d rows',
  (rows) => {
    const runs = Math.max(100, Math.round((full ? 2000 : 150) / Math.max(1, rows / 2000)))
    const found = (Object.keys(SCORES) as (keyof typeof SCORES)[]).flatMap((scores) =>
      (Object.keys(MISCALIBRATIONS) as Miscalibration[]).flatMap((wrong) =>
        [false, true].map((clustered) => calibration({ scores, wrong, rows, clustered }, runs, SEED)),
      ),
    )
    calibrated.push(...found)

    test('holds the truth, calibrated or not, clustered or not', () => {
      for (const { above, below, clustered, scores, wrong } of found) {
        // Fewer than a hundred clusters are few positives of rare ones, and below what `ece` decides on.
        if (clustered && rows < 2000) continue
        const at = `${scores}, wrong ${wrong}, ${clustered ? 'clustered' : 'single rows'}`
        expect(Math.max(above, below) / runs, at).toBeLessThanOrEqual(0.035 + slack(0.025, runs))
      }
    })
  },
)

describe.each(DRIFT_MEASURES)('drift by %s', (measure) => {
  const found = [300, 1000, ...(full ? [5000] : [])].flatMap((rows) =>
    [0, 0.05, 0.2, 0.5].flatMap((shift) =>
      [false, true].map((clustered) => {
        const dear = (measure === 'ks' ? 4 : 1) * Math.max(1, rows / 1000)
        return driftCoverage(
          { measure, rows, shift, clustered },
          Math.round((full ? 1000 : 120) / dear),
          SEED,
        )
      }),
    ),
  )
  drifted.push(...found)

  test('holds the truth, drift or none, clustered or not', () => {
    for (const { above, below, clustered, rows, runs, shift } of found) {
      const at = `${rows} rows, shift ${shift}, ${clustered ? 'clustered' : 'single rows'}`
      // Of thirty clusters neither the spread nor the direction that most of it lies in is known well.
      const most = clustered ? 0.06 : 0.035
      expect(Math.max(above, below) / runs, at).toBeLessThanOrEqual(most + slack(most, runs))
    }
  })
})

// Facts measured with other code on other random numbers: a check of the simulation itself.
describe.each([
  [200, 0.45, 0.29, 0.05, 0.88, 0.78],
  [500, 0.47, 0.22, 0.05, 0.82, 0.59],
  [2000, 0.49, 0.07, 0.05, 0.59, 0.11],
  [10_000, 0.49, 0.001, 0.05, 0.065, 0],
])('the rules of others on %d rows', (rows, point, threshold, paired, margin, missed) => {
  const runs = Math.round((full ? 10_000 : 1000) / Math.max(1, rows / 2000))
  const found = rulesOfOthers(rows, runs, SEED)
  others.push(found)

  test('block an equal model as often as measured elsewhere', () => {
    const near = (share: number, expected: number) =>
      expect(Math.abs(share - expected)).toBeLessThanOrEqual(0.015 + slack(Math.max(expected, 0.005), runs))
    near(found.equal.point, point)
    near(found.equal.threshold, threshold)
    near(found.equal.paired, paired)
    near(found.equal.margin, margin)
    near(1 - found.worse.paired, missed)
  })
})

describe('fifty slices', () => {
  const runs = full ? 1000 : 60
  const [none, some] = [manySlices(0, runs, SEED), manySlices(10, runs, SEED)]
  slices.push(none, some)

  test('at most q of what is called worse is not, and Holm hardly ever calls any', () => {
    for (const { falseShare, anyFalse } of slices) {
      expect(falseShare['Benjamini-Hochberg']).toBeLessThanOrEqual(0.05 + slack(0.05, runs))
      expect(anyFalse.holm).toBeLessThanOrEqual(0.05 + slack(0.05, runs))
    }
    expect(some.found['Benjamini-Hochberg']).toBeGreaterThan(some.found.holm)
  })

  test('a place in an argsort is no rank', () => {
    expect(none.anyFalse['argsort as rank']).toBeGreaterThan(0.2)
  })
})

describe.each(FOUND_METRICS)('slices that are found by %s', (metric) => {
  const runs = full ? 1000 : 60
  const one = foundSlices(metric, runs, SEED)
  found.push(one)

  test('are called worse no more often than alpha says, where they are tested on other rows', () => {
    expect(one.blocked).toBeLessThanOrEqual(ALPHA + slack(ALPHA, runs))
  })

  test('are called worse many times as often, where they are tested on the rows that they were found in', () => {
    expect(one.blockedWhereFound).toBeGreaterThan(0.2)
  })

  test('hold the one that is worse', () => {
    expect(one.found).toBeGreaterThan(0.5)
  })
})

afterAll(() => {
  if (!full) return
  const file = fileURLToPath(new URL('../../docs/methods/simulation.md', import.meta.url))
  writeFileSync(file, page(covered, others, slices, calibrated, found, drifted))
})
