import { METRICS } from '@sluice/evaluation'
import { benjaminiHochberg, holm } from '@sluice/statistics'
import { sample, type World } from './binormal.js'
import { Random } from './random.js'

export const SLICES = 50
const Q = 0.05
const WORLD: World = {
  name: 'slice',
  rows: 300,
  prevalence: 0.3,
  skill: 1.5,
  slope: 1,
  shared: 0.6,
}

export interface ManySlices {
  readonly worse: number
  readonly runs: number
  /** Mean share of the slices called worse that are not. */
  readonly falseShare: Readonly<Record<Correction, number>>
  /** Share of runs in which any slice is called worse that is not. */
  readonly anyFalse: Readonly<Record<Correction, number>>
  /** Mean share of the worse slices that are found. */
  readonly found: Readonly<Record<Correction, number>>
}

export const CORRECTIONS = {
  none: (p: readonly number[]) => p,
  holm,
  'Benjamini-Hochberg': benjaminiHochberg,
  /** As in Giskard 2's scan: the place in an argsort is taken for a rank, which it is not. */
  'argsort as rank': (p: readonly number[]) => {
    const order = p.map((_, i) => i).sort((i, j) => p[i]! - p[j]!)
    const limit = Math.max(...p.filter((value, i) => value <= (Q * (order[i]! + 1)) / p.length), -1)
    return p.map((value) => (value <= limit ? 0 : 1))
  },
} as const
type Correction = keyof typeof CORRECTIONS

/** AUC of fifty slices of 300 rows; on `worse` of them the candidate has lost a good part of its skill. */
export function manySlices(worse: number, runs: number, seed: number): ManySlices {
  const random = new Random(seed)
  const zero = (): Record<Correction, number> => ({
    none: 0,
    holm: 0,
    'Benjamini-Hochberg': 0,
    'argsort as rank': 0,
  })
  const [falseShare, anyFalse, found] = [zero(), zero(), zero()]
  for (let run = 0; run < runs; run++) {
    const p = Array.from({ length: SLICES }, (_, slice) => {
      const { candidate, champion } = sample(WORLD, random, slice < worse ? 0.7 : WORLD.skill)
      const compared = METRICS.auc.compare(candidate, champion)
      return compared.state === 'measured' ? compared.estimate.below(0) : 1
    })
    for (const [name, correct] of Object.entries(CORRECTIONS) as [
      Correction,
      (p: readonly number[]) => readonly number[],
    ][]) {
      const called = correct(p).map((value) => value <= Q)
      const wrong = called.filter((one, slice) => one && slice >= worse).length
      const right = called.filter((one, slice) => one && slice < worse).length
      falseShare[name] += wrong / Math.max(1, wrong + right) / runs
      anyFalse[name] += (wrong > 0 ? 1 : 0) / runs
      found[name] += worse === 0 ? 0 : right / worse / runs
    }
  }
  return { worse, runs, falseShare, anyFalse, found }
}
