import type { Sums } from './cube.js'

/** A slice that scores less looks no worse than chance makes one in twenty: it is not worth a test. */
export const WORTH = 1.645
/** So far must a slice lie from the rest of its parent, in standard errors: many are tried, and one is always the worst. */
const ADDS = 3

/**
 * Sum of the losses of a slice over their spread and the root of its rows: error against size, as SliceLine's score
 * weighs them (Sagadeeva & Boehm 2021), with the weight that makes it the statistic which the other half will test.
 * SliceLine's own is a ratio to the mean error, and the mean difference of two models is about 0.
 * @param spread root mean square of the losses, whose mean is 0
 */
export function scoreOf({ sum, rows }: Pick<Sums, 'sum' | 'rows'>, spread: number): number {
  return sum / (spread * Math.sqrt(rows))
}

/**
 * No slice within these rows scores more: its sum is at most the losses above 0, and at most its rows times the greatest
 * loss; the fewest rows that can hold that sum score the most.
 * @param gross sum of the losses above 0
 * @param most greatest loss
 * @param least rows that a slice needs
 */
export function scoreBound(gross: number, most: number, least: number, spread: number): number {
  if (!(gross > 0)) return 0
  const rows = Math.max(least, gross / most)
  return Math.min(gross, rows * most) / (spread * Math.sqrt(rows))
}

/** Whether a slice is worse than the rest of the rows that it is cut out of. */
export function addsTo(parent: Sums, child: Sums, spread: number): boolean {
  const rest = parent.rows - child.rows
  if (rest <= 0) return false
  const further = child.sum / child.rows - (parent.sum - child.sum) / rest
  return further >= ADDS * spread * Math.sqrt(1 / child.rows + 1 / rest)
}
