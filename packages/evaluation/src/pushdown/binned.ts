import { influenceSpread, type Spread, type Groups as SpreadGroups } from '@sluice/statistics'
import type { InfluenceMetric, Valued } from '../metrics/influence.js'
import type { Compared, Metric } from '../metrics/metric.js'
import { aucOf, averagePrecisionOf } from '../metrics/ranking.js'
import type { DeclaredSpec } from '../slices/spec.js'
import { type Asking, believed, rowSums, type Side, type Weighed, wordsOf } from './groups.js'
import {
  BINS,
  type BinContent,
  binSql,
  evenMap,
  RESOLVED,
  refinedMap,
  type ScoreMap,
  unresolved,
} from './score-map.js'
import { type SliceSql, sliceSql } from './slice-sql.js'
import { spreadOut } from './spread-out.js'

/** Bins that are one in the table of both models' scores. */
const COARSE = 256
/** Rows with the highest scores whose bins stay apart there: average precision turns on few rows. */
const TOP = 2 ** 14
const APART = 64
const ROUNDS = 8

/** How scores of each model are cut, and from which bin on they stay apart. */
export interface Cut {
  readonly map: ScoreMap
  /** From here on bins stay apart. */
  readonly top: number
  /** Bins of so many rows, tied ones as a rule, that they stay apart as well: no line runs through them and others. */
  readonly apart: readonly number[]
  /** All rows by label and bin, as the cut was found. */
  readonly whole: Marginal
}
export type Cuts = Readonly<Partial<Record<Side, Cut>>>

/**
 * Cuts each model's scores so that next to no pair of rows of different classes shares a bin without a tie.
 * @returns undefined where no such cut was found: the scores then crowd together beyond what doubles tell apart
 */
export async function cutScores(asking: Asking): Promise<Cuts | undefined> {
  const cuts: Partial<Record<Side, Cut>> = {}
  for (const side of sidesOf(asking)) {
    const cut = await cutOf(asking, side)
    if (cut === undefined) return undefined
    cuts[side] = cut
  }
  return cuts
}

function sidesOf({ relation }: Asking): Side[] {
  return relation.hasChampion ? ['candidate', 'champion'] : ['candidate']
}

async function cutOf(asking: Asking, side: Side): Promise<Cut | undefined> {
  const { low, high } = asking.look.range[side]
  let map = evenMap(low, high)
  for (let round = 0; round <= ROUNDS; round++) {
    const whole = await askMarginal(
      asking,
      side,
      map,
      sliceSql(undefined, asking.relation.dialect, asking.relation),
    )
    const contents = contentsOf(whole)
    if (unresolved(contents) <= RESOLVED)
      return { map, top: topOf(contents), apart: apartOf(contents), whole }
    map = refinedMap(map, contents)
  }
  return undefined
}

async function askMarginal(
  { asker, relation, look }: Asking,
  side: Side,
  map: ScoreMap,
  { from, keys, where, word }: SliceSql,
): Promise<Marginal> {
  const { sums, read } = rowSums(relation)
  const score = relation.scores[side][0]!
  const all = [...keys, look.label!, binSql(map, score), `min(${score})`, `max(${score})`, ...sums]
  const by = Array.from({ length: keys.length + 2 }, (_, i) => i + 1).join(', ')
  const kept = where === undefined ? '' : `where ${where} `
  const sql = `select ${all.join(', ')} from ${from} ${kept}group by ${by} order by ${by}`
  const answer = await asker.groups(sql, keys.length, all.length - keys.length)
  const [labels, bins, low, high, ...own] = answer.numbers
  return {
    ...wordsOf(answer, keys.length, word),
    labels: Int32Array.from(labels!),
    bins: bins!,
    low: low!,
    high: high!,
    ...believed(asker, read(own)),
  }
}

/** Both labels' rows of each bin together, by rising bin. */
function contentsOf({ bins, high, labels, low, rows }: Marginal): BinContent[] {
  const found = new Map<number, { -readonly [K in keyof BinContent]: BinContent[K] }>()
  for (let group = 0; group < bins.length; group++) {
    const bin = bins[group]!
    const one = found.get(bin) ?? {
      bin,
      positives: 0,
      negatives: 0,
      low: Number.POSITIVE_INFINITY,
      high: Number.NEGATIVE_INFINITY,
    }
    if (labels[group] === 1) one.positives += rows[group]!
    else one.negatives += rows[group]!
    one.low = Math.min(one.low, low[group]!)
    one.high = Math.max(one.high, high[group]!)
    found.set(bin, one)
  }
  return [...found.values()].sort((a, b) => a.bin - b.bin)
}

function topOf(contents: readonly BinContent[]): number {
  let rows = 0
  for (let i = contents.length - 1; i >= 0; i--) {
    rows += contents[i]!.positives + contents[i]!.negatives
    if (rows > TOP) return Math.ceil((contents[i]!.bin + 1) / COARSE) * COARSE
  }
  return 0
}

function apartOf(contents: readonly BinContent[]): number[] {
  const rows = ({ positives, negatives }: BinContent) => positives + negatives
  const total = contents.reduce((sum, one) => sum + rows(one), 0)
  return contents
    .toSorted((a, b) => rows(b) - rows(a))
    .slice(0, APART)
    .filter((one) => rows(one) > total / (4 * (BINS / COARSE)))
    .map(({ bin }) => bin)
}

/** The cell of a bin: the first bin in it, or half beyond the bin that is a cell by itself. */
function cellOf({ apart, top }: Cut): (bin: number) => number {
  const alone = new Set(apart)
  return (bin) => (alone.has(bin) ? bin + 0.5 : bin >= top ? bin : bin - (bin % COARSE))
}

function cellSql({ apart, top }: Cut, bin: string): string {
  const alone = apart.length === 0 ? '' : `when ${bin} in (${apart.join(', ')}) then ${bin} + 0.5e0 `
  return `(case ${alone}when ${bin} >= ${top} then ${bin} else floor(${bin} / ${COARSE}) * ${COARSE} end)`
}

/** Rows by slice, label and bin of one model. */
interface Marginal extends Weighed {
  readonly words: readonly string[]
  readonly wordOf: Int32Array
  readonly labels: Int32Array
  readonly bins: Float64Array
  /** Least and greatest score. */
  readonly low: Float64Array
  readonly high: Float64Array
}

/** Squared weights by slice, label and coarse bins of both models, with moments of where rows lie within. */
interface Joint {
  readonly words: readonly string[]
  readonly wordOf: Int32Array
  /** Label and both cells as one number: `(label · 2B + 2 cell) · 2B + 2 cell′`. */
  readonly places: Float64Array
  /** Σw², Σw²u, Σw²v, Σw²uv of the bins' distances from the first of their cell. */
  readonly sums: readonly [Float64Array, Float64Array, Float64Array, Float64Array]
}

export interface Binned {
  readonly marginals: Readonly<Partial<Record<Side, Marginal>>>
  readonly joint: Joint | undefined
}

/** @param above only slices of more rows */
export async function askBinned(
  asking: Asking,
  spec: DeclaredSpec | undefined,
  cuts: Cuts,
  above: number,
): Promise<Binned> {
  const { asker, relation, look } = asking
  const slice = sliceSql(spec, relation.dialect, relation, { above })
  const marginals: Partial<Record<Side, Marginal>> = {}
  for (const side of sidesOf(asking)) {
    const { map, whole } = cuts[side]!
    marginals[side] = spec === undefined ? whole : await askMarginal(asking, side, map, slice)
  }
  if (!relation.hasChampion) return { marginals, joint: undefined }
  // Bins, then cells, then sums: each is worked out once a row, and both cells are one number to group by.
  const q = relation.dialect.name
  const keys = slice.keys.map((_, i) => q(`k${i}`))
  const [ours, theirs] = (['candidate', 'champion'] as const).map((side) =>
    binSql(cuts[side]!.map, relation.scores[side][0]!),
  )
  const weight = relation.weight === undefined ? '1e0' : `${relation.weight} * ${relation.weight}`
  const inner = [
    ...slice.keys.map((key, i) => `${key} as ${keys[i]}`),
    `${look.label} as y`,
    `${ours} as f`,
    `${theirs} as g`,
    `${weight} as w`,
  ]
  const where = slice.where === undefined ? '' : ` where ${slice.where}`
  const bins = `(select ${inner.join(', ')} from ${slice.from}${where}) b`
  const cells = `(select ${[...keys, 'y', 'w', 'f', 'g', `${cellSql(cuts.candidate!, 'f')} as c`, `${cellSql(cuts.champion!, 'g')} as d`].join(', ')} from ${bins}) c`
  const place = `(y * ${2 * BINS} + 2 * c) * ${2 * BINS} + 2 * d`
  const sums = ['sum(w)', 'sum(w * (f - c))', 'sum(w * (g - d))', 'sum(w * (f - c) * (g - d))']
  const by = Array.from({ length: keys.length + 1 }, (_, i) => i + 1).join(', ')
  const sql = `select ${[...keys, place, ...sums].join(', ')} from ${cells} group by ${by} order by ${by}`
  const answer = await asker.groups(sql, keys.length, 5)
  const [places, s0, s1, s2, s3] = answer.numbers
  return {
    marginals,
    joint: {
      ...wordsOf(answer, keys.length, slice.word),
      places: places!,
      sums: [s0!, s1!, s2!, s3!],
    },
  }
}

/** The members of one part in each statement's groups. */
export interface BinnedMembers {
  readonly candidate: Int32Array
  readonly champion: Int32Array
  readonly joint: Int32Array
}

/** The order of scores from bins, to some 1e-9: each model by its own, their covariance by the coarse table of both. */
export function measureBinned(
  metric: Metric,
  { marginals, joint }: Binned,
  members: BinnedMembers,
  cuts: Cuts,
  weighted: boolean,
): Compared {
  const { ofSums } = metric as InfluenceMetric
  const candidate = oneModel(metric, marginals.candidate!, members.candidate, cuts.candidate!, weighted)
  const single = ({ found, spread }: OneModel) =>
    'state' in found ? found : ofSums.single(found, spread, spread, false)
  if (joint === undefined) {
    const one = single(candidate)
    return { candidate: one, champion: one, difference: one }
  }
  const champion = oneModel(metric, marginals.champion!, members.champion, cuts.champion!, weighted)
  const both = { candidate: single(candidate), champion: single(champion) }
  if ('state' in candidate.found) return { ...both, difference: candidate.found }
  if ('state' in champion.found) return { ...both, difference: champion.found }
  const shared = crossProducts(joint, members.joint, candidate.lines, champion.lines)
  const { df } = candidate.spread
  const factor = (df + 1) / df
  const variance =
    candidate.spread.standardError ** 2 + champion.spread.standardError ** 2 - 2 * shared * factor
  const spread: Spread = { standardError: Math.sqrt(Math.max(0, variance)), df }
  return { ...both, difference: ofSums.paired(candidate.found, champion.found, spread, false) }
}

interface OneModel {
  readonly found: Valued | { readonly state: 'undefined'; readonly because: string }
  readonly spread: Spread
  readonly lines: Lines
}

function valued({ value, trials, classes }: Valued): Valued {
  return { value, trials, ...(classes === undefined ? {} : { classes }) }
}

function oneModel(
  metric: Metric,
  marginal: Marginal,
  members: Int32Array,
  cut: Cut,
  weighted: boolean,
): OneModel {
  const spread = spreadOut(marginal, members, metric.name === 'auc' ? 0 : TOP)
  const { labels, bins, scores, ...groups } = spread
  const weighing = { weights: groups.weights, collapsed: { ...groups, weighted } }
  const found =
    metric.name === 'auc' ? aucOf(labels, scores, 1, weighing) : averagePrecisionOf(labels, scores, weighing)
  const psi = found.state === 'undefined' ? new Float64Array(0) : found.psi
  const lines = linesOf({ psi, labels, bins, groups }, cut)
  const of = influenceSpread(psi, undefined, groups)
  // Without the influences: a line for each cell is all that the other model is held against.
  return { found: found.state === 'undefined' ? found : valued(found), spread: of, lines }
}

/** Cells lie half a bin apart. */
function placeOf(label: number, cell: number): number {
  return 2 * (label * BINS + cell)
}

/** Influence of a row of weight 1 in each cell of one label: at the cell's first bin, and how it rises from bin to bin. */
interface Lines {
  readonly level: Float64Array
  readonly slope: Float64Array
}

/** The straight line through a cell's influences that fits its rows best: influence rises evenly where rows lie densely. */
function linesOf(
  {
    psi,
    labels,
    bins,
    groups,
  }: { psi: Float64Array; labels: Int32Array; bins: Float64Array; groups: SpreadGroups },
  cut: Cut,
): Lines {
  if (psi.length === 0) return { level: psi, slope: psi }
  const size = 4 * BINS
  const cells = cellOf(cut)
  const [s, su, suu, sy, suy] = Array.from({ length: 5 }, () => new Float64Array(size))
  for (let i = 0; i < bins.length; i++) {
    const weight = groups.weights[i]!
    if (weight === 0) continue
    const bin = bins[i]!
    const cell = cells(bin)
    const at = placeOf(labels[i]!, cell)
    const [u, y, own] = [bin - cell, psi[i]! / weight, groups.squares[i]!]
    s![at]! += own
    su![at]! += own * u
    suu![at]! += own * u * u
    sy![at]! += own * y
    suy![at]! += own * u * y
  }
  const [level, slope] = [new Float64Array(size), new Float64Array(size)]
  for (let at = 0; at < size; at++) {
    const rows = s![at]!
    if (rows === 0) continue
    const spread = suu![at]! - (su![at]! * su![at]!) / rows
    slope[at] = spread > 0 ? (suy![at]! - (su![at]! * sy![at]!) / rows) / spread : 0
    level[at] = (sy![at]! - slope[at]! * su![at]!) / rows
  }
  return { level, slope }
}

/** Σψψ′ over the rows of a part. */
function crossProducts({ places, sums }: Joint, members: Int32Array, ours: Lines, theirs: Lines): number {
  const size = 2 * BINS
  let total = 0
  for (const member of members) {
    const a = Math.floor(places[member]! / size)
    const b = Math.floor(a / size) * size + (places[member]! - a * size)
    total +=
      ours.level[a]! * theirs.level[b]! * sums[0][member]! +
      ours.slope[a]! * theirs.level[b]! * sums[1][member]! +
      ours.level[a]! * theirs.slope[b]! * sums[2][member]! +
      ours.slope[a]! * theirs.slope[b]! * sums[3][member]!
  }
  return total
}
