import { compensatedSquares } from '@sluice/statistics'
import { gapEstimate, type PairOfGroups } from '../estimates/gap.js'
import type { Asked } from './asked.js'
import { predictions } from './decisions.js'
import { type Metric, measured, undefinedBecause, type View } from './metric.js'

/** More groups than these are no groups that a gap could be laid to. */
const GROUPS = 50

/** A share that is compared between groups: of which rows, and what counts. */
interface Rate {
  readonly name: string
  counts(label: number): boolean
  hit(label: number, predicted: number): boolean
}

const SELECTION: Rate = { name: 'selection rate', counts: () => true, hit: (_, predicted) => predicted === 1 }
const TRUE_POSITIVE: Rate = {
  name: 'true positive rate',
  counts: (label) => label === 1,
  hit: (_, predicted) => predicted === 1,
}
const FALSE_POSITIVE: Rate = {
  name: 'false positive rate',
  counts: (label) => label === 0,
  hit: (_, predicted) => predicted === 1,
}
const RIGHT: Rate = { name: 'accuracy', counts: () => true, hit: (label, predicted) => label === predicted }

/** Fairness gaps by their names: largest rate minus smallest, over groups; the worst of several rates. */
const GAPS: Readonly<Record<string, readonly Rate[]>> = {
  demographic_parity_difference: [SELECTION],
  equal_opportunity_difference: [TRUE_POSITIVE],
  equalized_odds_difference: [TRUE_POSITIVE, FALSE_POSITIVE],
  accuracy_difference: [RIGHT],
}
export const GAP_NAMES = Object.keys(GAPS)

/**
 * A fairness gap as fairlearn defines it (`between_groups`, worst case): unsigned, largest rate minus smallest.
 * Its interval comes from those of all pairs of groups: the gap is at most t when every pair is shown to differ by at
 * most t (intersection-union, no correction), and more than t when one pair is (Bonferroni over the pairs). So it is
 * not fooled by the maximum of many small groups, which is too large on average. A group with too few rows decides
 * nothing, and is named.
 */
export function gapMetric(name: string, { groups = '', minRows = 100 }: Asked): Metric {
  const rates = GAPS[name]!
  return {
    name: `${name}(${groups})`,
    label: name.replaceAll('_', ' '),
    better: 'lower',
    tasks: name === 'accuracy_difference' ? ['binary', 'multiclass'] : ['binary'],
    needs: 'decision',
    groups,
    boundsOnly: 'a gap is held against a bound',
    measure(view) {
      const grouping = view.groupings?.get(groups)
      if (grouping === undefined) return undefinedBecause(`there is no column ${groups}`)
      const present = countRows(grouping.codes, grouping.words.length)
      const named = grouping.words.flatMap((word, code) => (present[code]! > 0 ? [{ word, code }] : []))
      if (named.length < 2 || named.length > GROUPS)
        return undefinedBecause(`${groups} has ${named.length} groups; 2 to ${GROUPS} can be compared`)
      const predicted = predictions(view)
      const pairs: PairOfGroups[] = []
      for (const rate of rates) {
        const influences = named.map(({ code }) => rateOf(view, grouping.codes, code, predicted, rate))
        const small = influences.findIndex(({ rows }) => rows < minRows)
        if (small !== -1) {
          const { word } = named[small]!
          const { rows } = influences[small]!
          return undefinedBecause(
            `${groups} = '${word}' has ${rows} rows for the ${rate.name}; the rule needs ${minRows}`,
          )
        }
        pairs.push(...pairsOf(influences, view))
      }
      return measured(
        gapEstimate(pairs, view.clusters === undefined ? 'pairs of groups' : 'pairs of groups, clustered'),
      )
    },
    compare: () => undefinedBecause('a gap is held against a bound'),
  }
}

interface GroupRate {
  readonly rows: number
  readonly value: number
  /** Σψ² over what is independent: rows, or clusters. */
  readonly squares: number
  /** Influence of each cluster; undefined without clusters, for groups share no row. */
  readonly sums: Float64Array | undefined
}

function countRows(codes: Int32Array, words: number): Uint32Array {
  const counts = new Uint32Array(words)
  for (const code of codes) if (code >= 0) counts[code]!++
  return counts
}

function rateOf(view: View, codes: Int32Array, group: number, predicted: Int32Array, rate: Rate): GroupRate {
  let [rows, total, hits] = [0, 0, 0]
  const member = (i: number) => codes[i] === group && rate.counts(view.labels[i]!)
  const weightOf = (i: number) => view.weights?.[i] ?? 1
  // Of a group of rows, what the squares of its rows' influences are of the square of their sum.
  const shareOf = (i: number) =>
    view.collapsed === undefined || weightOf(i) === 0 ? 1 : view.collapsed.squares[i]! / weightOf(i) ** 2
  for (let i = 0; i < view.rows; i++) {
    if (!member(i)) continue
    rows += view.collapsed?.rows[i] ?? 1
    total += weightOf(i)
    if (rate.hit(view.labels[i]!, predicted[i]!)) hits += weightOf(i)
  }
  const value = hits / total
  const sums = view.clusters === undefined ? undefined : new Float64Array(view.clusters.count)
  let squares = 0
  for (let i = 0; i < view.rows; i++) {
    if (!member(i)) continue
    const psi = (weightOf(i) * ((rate.hit(view.labels[i]!, predicted[i]!) ? 1 : 0) - value)) / total
    if (sums === undefined) squares += psi * psi * shareOf(i)
    else sums[view.clusters!.of[i]!]! += psi
  }
  return { rows, value, squares: sums === undefined ? squares : compensatedSquares(sums), sums }
}

/**
 * Every pair with the error of its difference. Groups share no row, so that without clusters their variances add; with
 * them the influences of a cluster in both groups cancel or add. A rate of 0 or 1 has the error of one success and one
 * failure more (Agresti & Caffo 2000), never none.
 */
function pairsOf(rates: readonly GroupRate[], { clusters }: View): PairOfGroups[] {
  const factor = clusters === undefined ? 1 : clusters.count / (clusters.count - 1)
  const variances = rates.map(({ rows, squares, value }) => {
    const variance = squares * (clusters === undefined ? rows / (rows - 1) : factor)
    const more = (value * rows + 1) / (rows + 2)
    return value === 0 || value === 1 ? Math.max(variance, (more * (1 - more)) / (rows + 2)) : variance
  })
  return rates.flatMap((a, g) =>
    rates.slice(g + 1).map((b, later) => {
      let shared = 0
      if (a.sums !== undefined) for (let c = 0; c < a.sums.length; c++) shared += a.sums[c]! * b.sums![c]!
      const variance = Math.max(0, variances[g]! + variances[g + 1 + later]! - 2 * factor * shared)
      return { difference: a.value - b.value, standardError: Math.sqrt(variance) }
    }),
  )
}
