import {
  chiSquareOfTable,
  chiSquareTail,
  type Divergence,
  divergenceOf,
  normalQuantile,
  pearsonTails,
  risingRoot,
  studentQuantile,
} from '@sluice/statistics'
import type { Estimate } from '../estimates/estimate.js'
import type { Cells } from './cells.js'
import { estimateOf, type MeasuredDrift } from './measured.js'

/** What chance adds to a table of a billion rows is a thousand times as much. */
const NO_SPREAD = 1e-12

export type CellMeasure = 'psi' | 'js' | 'cramers_v'

const NAMES: Record<CellMeasure, string> = {
  psi: 'PSI, half a row added to each bin',
  js: 'Jensen-Shannon distance, base 2',
  cramers_v: 'Cramér’s V',
}

/** How far shares of cells have moved, by the tests of a quadratic form that its interval inverts. */
export function measureCells(measure: CellMeasure, cells: Cells): MeasuredDrift {
  const { current, reference } = cells
  const divergence = divergenceOf(measure, reference, current)
  const widened = widening(Math.min(reference.mass.units, current.mass.units))
  const squared = quadraticTests(divergence, widened)
  // Two of the three are square roots of what is a quadratic form.
  const root = measure !== 'psi'
  const [up, down] = root ? [(x: number) => x * x, Math.sqrt] : [(x: number) => x, (x: number) => x]
  const estimate = estimateOf(
    down(Math.max(0, divergence.value - divergence.bias)),
    `${NAMES[measure]}; noncentral χ²`,
    {
      above: (threshold) => (threshold < 0 ? 0 : squared.above(up(threshold))),
      below: (threshold) => (threshold < 0 ? 1 : squared.below(up(threshold))),
      interval(level) {
        const { high, low } = squared.interval(level)
        return { low: down(low), high: root ? Math.min(1, down(high)) : high }
      },
    },
  )
  return { state: 'measured', raw: down(divergence.value), estimate, p: noDrift(cells, widened), cells }
}

/** Student's distribution in place of the normal, as a factor of variances: errors of few clusters are not well known. */
function widening(units: number): number {
  return (studentQuantile(0.975, Math.max(1, units - 1)) / normalQuantile(0.975)) ** 2
}

/**
 * Tests of a divergence θ whose estimate is D: by Pearson's three moments of D were the truth θ. Its mean is θ + bias,
 * its variance that of no drift and, in proportion to θ, that of the first derivatives; exact for a noncentral χ².
 */
function quadraticTests(
  { bias, nullBias, nullVariance, slopeVariance, value }: Divergence,
  widened: number,
): Pick<Estimate, 'above' | 'below' | 'interval'> {
  const scale = nullVariance / (2 * nullBias)
  const alongDrift = value > 0 ? slopeVariance / value : 0
  // Near no drift its direction is chance: the upper bound takes no less than the spread of all directions.
  const [slope, wider] = [value > 0 ? alongDrift : 4 * scale, Math.max(alongDrift, 4 * scale)]
  const tails = (theta: number, along: number) =>
    pearsonTails(
      value,
      theta + bias,
      widened * (nullVariance + along * theta),
      widened ** 1.5 * (8 * nullBias * scale ** 2 + 6 * along * scale * theta),
    )
  if (!(nullBias > NO_SPREAD)) return exactly(value)
  const above = (theta: number) => tails(theta, slope).upper
  // The raw value is what a reader sees: no bound calls it too large.
  const below = (theta: number) => (theta < value ? 1 : tails(theta, wider).lower)
  return {
    above,
    below,
    interval(level) {
      const alpha = (1 - level) / 2
      let most = value + Math.max(bias, nullBias)
      while (below(most) > alpha) most *= 2
      return {
        low: above(0) >= alpha ? 0 : risingRoot((theta) => above(theta) - alpha, 0, value),
        high: below(value) <= alpha ? value : risingRoot((theta) => alpha - below(theta), value, most),
      }
    },
  }
}

/** Of samples without any spread, as all rows in one cell on either side. */
function exactly(value: number): Pick<Estimate, 'above' | 'below' | 'interval'> {
  return {
    above: (theta) => (value > theta ? 0 : 1),
    below: (theta) => (value < theta ? 0 : 1),
    interval: () => ({ low: value, high: value }),
  }
}

/** χ² of the table; with weights or clusters, of as many degrees of freedom as its own spread has (Rao & Scott 1984). */
function noDrift({ current, reference }: Cells, widened: number): number {
  const plain = [current, reference].every(({ mass }) => mass.units === mass.rows)
  const { df, statistic } = chiSquareOfTable(reference.counts, current.counts)
  if (df === 0) return 1
  return plain
    ? chiSquareTail(statistic, df)
    : quadraticTests(divergenceOf('cramers_v', reference, current), widened).above(0)
}
