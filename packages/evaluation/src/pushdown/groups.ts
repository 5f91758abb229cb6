import type { Metric } from '../metrics/metric.js'
import type { Roles } from '../predictions/roles.js'
import { sqlNumber } from '../slices/condition/sql.js'
import type { DeclaredSpec } from '../slices/spec.js'
import type { Answer, Asker } from './answer.js'
import type { Inspected } from './inspect.js'
import { predictedSql, type Quantity, quantityOf, type RowSql } from './quantities.js'
import type { Relation } from './relation.js'
import { sliceSql } from './slice-sql.js'

export type Side = 'candidate' | 'champion'

/** All that statements are made of. */
export interface Asking {
  readonly asker: Asker
  readonly relation: Relation
  readonly roles: Roles
  readonly look: Inspected & { state: 'usable' }
  readonly threshold: number
  /** Of more rows than these the scores are asked for in bins. */
  readonly exactRows: number
}

/** How many rows each group has, and how much they count. */
export interface Weighed {
  readonly rows: Float64Array
  readonly counted: Float64Array
  readonly weights: Float64Array
  readonly squares: Float64Array
}

/** Sums over each group of rows that are alike in slice, label, both predictions, cluster and fairness group. */
export interface Groups extends Weighed {
  readonly answer: Answer
  /** The slice's word of each group. */
  readonly words: readonly string[]
  readonly wordOf: Int32Array
  readonly labels: Int32Array
  readonly predicted: Readonly<Record<Side, Int32Array>>
  readonly clusters: { readonly codes: Int32Array } | undefined
  readonly grouping: { readonly codes: Int32Array; readonly words: readonly string[] } | undefined
  readonly moments: ReadonlyMap<string, MomentColumns>
}

/** Which sums a quantity has, of the values a (candidate) and b (champion) less a centre, and of their difference d. */
export const MOMENTS = [
  'wa',
  'w2a',
  'w2aa',
  'wb',
  'w2b',
  'w2bb',
  'w2d',
  'w2dd',
  'w2db',
  'undefined',
  'onesA',
  'onesB',
  'beyondA',
  'beyondB',
  'gained',
  'lost',
] as const
export type MomentColumns = Readonly<Partial<Record<(typeof MOMENTS)[number], Float64Array>>> & {
  readonly centre: number
}

export function rowSql({ relation, look }: Asking, side: Side): RowSql {
  return {
    label: look.label,
    target: look.label === undefined ? relation.label : undefined,
    scores: relation.scores[side],
    named: relation.named[side],
  }
}

/**
 * One statement: everything that decisions and means need of one declaration of slices.
 * @param grouping column whose values are the groups of a fairness gap
 */
export async function askGroups(
  asking: Asking,
  spec: DeclaredSpec | undefined,
  metrics: readonly Metric[],
  grouping?: string,
): Promise<Groups> {
  const { asker, relation, look, threshold } = asking
  const { dialect } = relation
  const slice = sliceSql(spec, dialect, relation)
  const sides: Side[] = relation.hasChampion ? ['candidate', 'champion'] : ['candidate']
  const decided = look.label !== undefined && relation.scores.candidate.length > 0
  const keys = [
    ...slice.keys,
    ...(relation.cluster === undefined ? [] : [relation.cluster]),
    ...(grouping === undefined ? [] : [`coalesce(${dialect.toText(dialect.name(grouping))}, '')`]),
  ]
  const numberKeys = decided
    ? [look.label!, ...sides.map((side) => predictedSql(rowSql(asking, side), threshold))]
    : []
  const { sums, read } = rowSums(relation)
  const quantities = metrics.flatMap((metric): [string, Quantity][] => {
    const quantity = quantityOf(metric)
    return quantity === undefined ? [] : [[metric.name, quantity]]
  })
  const momentSums = quantities.map(([name, quantity]) => ({ name, ...momentSql(asking, quantity) }))
  // Every statement gives its groups in one order, so that the same sums are added up in the same order.
  const keyCount = keys.length + numberKeys.length
  const order = keyCount === 0 ? '' : `order by ${list(keyCount)}`
  const sql = [
    `select ${[...keys, ...numberKeys, ...sums, ...momentSums.flatMap(({ all }) => all.map(([, one]) => one))].join(', ')}`,
    `from ${slice.from}`,
    slice.where === undefined ? '' : `where ${slice.where}`,
    // A sum over nothing would be one group without a row.
    keyCount === 0 ? 'having count(*) > 0' : `group by ${list(keyCount)}`,
    order,
  ].join(' ')
  const answer = await asker.groups(
    sql,
    keys.length,
    numberKeys.length + sums.length + momentSums.reduce((n, { all }) => n + all.length, 0),
  )
  const [labels, ours, theirs] = numberKeys.map((_, key) => Int32Array.from(answer.numbers[key]!))
  const own = answer.numbers.slice(numberKeys.length)
  const weighed = believed(asker, read(own))
  const counted = weighed.rows.reduce((sum, rows) => sum + rows, 0)
  if (spec?.kind === 'condition' ? counted > look.rows : counted !== look.rows)
    throw asker.unbelievable(`groups of ${counted} rows, of a table of ${look.rows}`)
  const moments = new Map<string, MomentColumns>()
  let next = sums.length
  for (const { name, all, centre } of momentSums) {
    moments.set(name, { centre, ...Object.fromEntries(all.map(([key], i) => [key, own[next + i]!])) })
    next += all.length
  }
  const none = new Int32Array(answer.groups)
  return {
    answer,
    ...wordsOf(answer, slice.keys.length, slice.word),
    labels: labels ?? none,
    predicted: { candidate: ours ?? none, champion: theirs ?? none },
    ...weighed,
    clusters: relation.cluster === undefined ? undefined : answer.keys[slice.keys.length]!,
    grouping: grouping === undefined ? undefined : answer.keys[keys.length - 1]!,
    moments,
  }
}

/** The sums that say how much groups count, and what they are when they come. */
export function rowSums(relation: Relation): {
  readonly sums: readonly string[]
  read(own: readonly Float64Array[]): Weighed
} {
  const { dialect, weight } = relation
  const count = dialect.toDouble('count(*)')
  if (weight === undefined) {
    return {
      sums: [count],
      read: ([rows]) => ({ rows: rows!, counted: rows!, weights: rows!, squares: rows! }),
    }
  }
  const sum = sumOf(relation)
  const counted = dialect.toDouble(`sum(case when ${weight} > 0 then 1 else 0 end)`)
  return {
    sums: [count, counted, sum(weight), sum(`${weight} * ${weight}`)],
    read: ([rows, some, weights, squares]) => ({
      rows: rows!,
      counted: some!,
      weights: weights!,
      squares: squares!,
    }),
  }
}

/** @throws SluiceError ENGINE_ANSWER_MALFORMED when groups have no number of rows, or a weight that cannot be */
export function believed(asker: Asker, weighed: Weighed): Weighed {
  const { rows, counted, squares, weights } = weighed
  for (let group = 0; group < rows.length; group++) {
    const [some, all] = [asker.count(counted[group]), asker.count(rows[group])]
    if (all === 0 || some > all) throw asker.unbelievable(`a group of ${some} of ${all} rows that count`)
    if (!(weights[group]! >= 0 && squares[group]! >= 0))
      throw asker.unbelievable(`a group of the weight ${weights[group]}, squared ${squares[group]}`)
  }
  return weighed
}

function sumOf({ dialect }: Relation): (expression: string) => string {
  return dialect.sum ?? ((expression) => `sum(${expression})`)
}

function list(count: number): string {
  return Array.from({ length: count }, (_, i) => i + 1).join(', ')
}

/** The slice's word of each group, from the words of the keys it is made of. */
export function wordsOf(
  { groups, keys }: Answer,
  count: number,
  word: (keys: readonly string[]) => string,
): { words: readonly string[]; wordOf: Int32Array } {
  const known = new Map<string, number>()
  const wordOf = new Int32Array(groups)
  for (let group = 0; group < groups; group++) {
    const text = word(keys.slice(0, count).map(({ codes, words }) => words[codes[group]!]!))
    const code = known.get(text) ?? known.size
    if (code === known.size) known.set(text, code)
    wordOf[group] = code
  }
  return { words: [...known.keys()], wordOf }
}

/** Sums around a centre near the mean, so that squares lose nothing: a latency of 1000 ± 1 would lose six digits. */
function momentSql(
  asking: Asking,
  quantity: Quantity,
): { centre: number; all: [(typeof MOMENTS)[number], string][] } {
  const { relation, look } = asking
  const sum = sumOf(relation)
  const count = (condition: string) =>
    relation.dialect.toDouble(`sum(case when ${condition} then 1 else 0 end)`)
  const centre = quantity.column === undefined ? 0 : look.centres.get(quantity.column)!
  const less = centre === 0 ? '' : ` - (${sqlNumber(centre)})`
  const raw = `(${quantity.value(rowSql(asking, 'candidate'))})`
  const [w, w2] =
    relation.weight === undefined
      ? ['', '']
      : [`${relation.weight} * `, `${relation.weight} * ${relation.weight} * `]
  const a = `(${raw}${less})`
  const all: [(typeof MOMENTS)[number], string][] = [
    ['wa', sum(`${w}${a}`)],
    ...(w === '' ? [] : [['w2a', sum(`${w2}${a}`)] as ['w2a', string]]),
    ['w2aa', sum(`${w2}${a} * ${a}`)],
  ]
  const where = quantity.undefinedWhere
  if (where !== undefined) all.push(['undefined', count(where.sql(rowSql(asking, 'candidate')))])
  if (quantity.column !== undefined) {
    all.push(['onesA', count(`${raw} = 1`)])
    all.push(['beyondA', count(`${raw} not in (0, 1)`)])
  }
  if (!relation.hasChampion) return { centre, all }
  const theirs = `(${quantity.value(rowSql(asking, 'champion'))})`
  const b = `(${theirs}${less})`
  const d = `(${raw} - ${theirs})`
  all.push(
    ['wb', sum(`${w}${b}`)],
    ...(w === '' ? [] : [['w2b', sum(`${w2}${b}`)] as ['w2b', string]]),
    ['w2bb', sum(`${w2}${b} * ${b}`)],
    ['w2dd', sum(`${w2}${d} * ${d}`)],
    ...(w === '' ? [] : [['w2d', sum(`${w2}${d}`)] as ['w2d', string]]),
    // Where the metric is the mean itself, what d and b have in common plays no part.
    ...(quantity.link.name === 'identity' ? [] : [['w2db', sum(`${w2}${d} * ${b}`)] as ['w2db', string]]),
  )
  if (quantity.column !== undefined) {
    all.push(['onesB', count(`${theirs} = 1`)], ['beyondB', count(`${theirs} not in (0, 1)`)])
    all.push(['gained', count(`${raw} > ${theirs}`)], ['lost', count(`${raw} < ${theirs}`)])
  }
  return { centre, all }
}
