import { compensatedSum, influenceSpread, type Spread } from '@sluice/statistics'
import { tangoEstimate, wilsonEstimate } from '../estimates/estimate.js'
import type { InfluenceMetric, Valued } from '../metrics/influence.js'
import { type Compared, type Measured, type Metric, measured, undefinedBecause } from '../metrics/metric.js'
import type { Groups, MomentColumns } from './groups.js'
import type { Quantity } from './quantities.js'
import { clustersOf } from './views.js'

/** A mean of one value a row, of both models and of their difference, from the sums of its groups. */
export function measureMean(
  metric: Metric,
  quantity: Quantity,
  groups: Groups,
  members: Int32Array,
  weighted: boolean,
): Compared {
  const columns = groups.moments.get(metric.name)!
  const total = (values: Float64Array | undefined) =>
    values === undefined ? 0 : compensatedSum(Float64Array.from(members, (member) => values[member]!))
  const rows = total(groups.rows)
  const weight = total(groups.weights)
  const { ofSums } = metric as InfluenceMetric
  const all = (because: string): Compared => {
    const one = undefinedBecause(because)
    return { candidate: one, champion: one, difference: one }
  }
  if (!(weight > 0)) return all('there is no row')
  if (quantity.undefinedWhere !== undefined && total(columns.undefined) > 0)
    return all(quantity.undefinedWhere.because)
  const squares = total(groups.squares)
  const trials = weighted ? Math.round((weight * weight) / squares) : rows
  const sums = {
    a: sumsOf(columns, total, 'a', weighted),
    b: sumsOf(columns, total, 'b', weighted),
    d: {
      first: weighted ? total(columns.w2d) : total(columns.wa) - total(columns.wb),
      second: total(columns.w2dd),
      cross: total(columns.w2db),
    },
  }
  const { link } = quantity
  // Distances of both means from the centre of their sums.
  const [ours, theirs] = [sums.a.plain / weight, sums.b.plain / weight]
  const [meanA, meanB] = [columns.centre + ours, columns.centre + theirs]
  const [slopeA, slopeB] = [link.slope(meanA), link.slope(meanB)]
  const around = (second: number, first: number, distance: number) =>
    Math.max(0, second - 2 * distance * first + distance * distance * squares)
  const squaresA = around(sums.a.second, sums.a.first, ours)
  const squaresB = around(sums.b.second, sums.b.first, theirs)
  const apart = ours - theirs
  const squaresD = around(sums.d.second, sums.d.first, apart)
  const cross = sums.d.cross - apart * sums.b.first - theirs * sums.d.first + apart * theirs * squares
  // s a′ − t b′ = s d′ + (s − t) b′: of two models that hardly differ nothing cancels.
  const bend = slopeA - slopeB
  const squaresDifference = Math.max(
    0,
    slopeA * slopeA * squaresD + 2 * slopeA * bend * cross + bend * bend * squaresB,
  )
  const spread = (sum: number): Spread =>
    rows < 2
      ? { standardError: Number.POSITIVE_INFINITY, df: 1 }
      : { standardError: Math.sqrt((sum / (weight * weight)) * (rows / (rows - 1))), df: rows - 1 }
  const clustered =
    groups.clusters === undefined
      ? undefined
      : clusterSpreads(groups, members, columns, { ours, theirs, slopeA, slopeB, weight })
  const value = (mean: number): Valued => ({ value: link.value(mean), trials })
  const single = (mean: number, alone: Spread, own: Spread | undefined): Measured =>
    ofSums.single(value(mean), own ?? alone, alone, own !== undefined)
  const candidate = single(meanA, spread(squaresA * slopeA * slopeA), clustered?.candidate)
  const share = weighted || clustered !== undefined ? {} : shareOf(columns, total, rows)
  if (columns.wb === undefined) return { candidate, champion: candidate, difference: candidate, ...share }
  return {
    candidate,
    champion: single(meanB, spread(squaresB * slopeB * slopeB), clustered?.champion),
    difference: ofSums.paired(
      value(meanA),
      value(meanB),
      clustered?.difference ?? spread(squaresDifference),
      clustered !== undefined,
    ),
    ...share,
  }
}

function sumsOf(
  columns: MomentColumns,
  total: (values: Float64Array | undefined) => number,
  of: 'a' | 'b',
  weighted: boolean,
): { plain: number; first: number; second: number } {
  const [plain, first, second] =
    of === 'a' ? [columns.wa, columns.w2a, columns.w2aa] : [columns.wb, columns.w2b, columns.w2bb]
  return { plain: total(plain), first: total(weighted ? first : plain), second: total(second) }
}

/** Columns of nothing but 0 and 1, one row a trial: shares, by the intervals of shares. */
function shareOf(
  columns: MomentColumns,
  total: (values: Float64Array | undefined) => number,
  rows: number,
): Partial<Compared> {
  const [ours, theirs] = [columns.beyondA, columns.beyondB].map(
    (beyond) => beyond !== undefined && total(beyond) === 0,
  )
  const pairs = { pairs: rows, gained: total(columns.gained), lost: total(columns.lost) }
  return {
    ...(ours && { candidate: measured(wilsonEstimate(total(columns.onesA), rows)) }),
    ...(theirs && { champion: measured(wilsonEstimate(total(columns.onesB), rows)) }),
    ...(ours && theirs && { difference: measured(tangoEstimate(pairs)) }),
  }
}

/** Influence of each cluster: its rows' values less the mean, over the weight of all. */
function clusterSpreads(
  groups: Groups,
  members: Int32Array,
  columns: MomentColumns,
  of: { ours: number; theirs: number; slopeA: number; slopeB: number; weight: number },
): Readonly<Record<keyof Compared, Spread>> {
  const clusters = clustersOf(groups.clusters!.codes, members)
  const [candidate, champion, difference] = Array.from({ length: 3 }, () => new Float64Array(members.length))
  for (const [i, member] of members.entries()) {
    const weight = groups.weights[member]!
    candidate![i] = (of.slopeA * (columns.wa![member]! - of.ours * weight)) / of.weight
    champion![i] = (of.slopeB * ((columns.wb?.[member] ?? 0) - of.theirs * weight)) / of.weight
    difference![i] = candidate![i]! - champion![i]!
  }
  return {
    candidate: influenceSpread(candidate!, clusters),
    champion: influenceSpread(champion!, clusters),
    difference: influenceSpread(difference!, clusters),
  }
}
