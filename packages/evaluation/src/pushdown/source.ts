import type { Compared, Metric } from '../metrics/metric.js'
import { type Balance, balanceOfMasses } from '../rules/balance.js'
import { demandOf } from '../rules/demand.js'
import type { Part, Source, Where } from '../rules/part.js'
import { partition } from '../rules/partition.js'
import type { EvaluationPolicy } from '../rules/section.js'
import { type DeclaredSpec, sliceSpec } from '../slices/spec.js'
import { type Asking, askGroups, type Groups } from './groups.js'
import { measureMean } from './means.js'
import { membersLike, split } from './members.js'
import { sumsKind } from './pushable.js'
import { quantityOf } from './quantities.js'
import { measureRanked, type PartsOfWords } from './ranked-parts.js'
import { clustersOf, viewsOf } from './views.js'

/** What is asked of one declaration of slices, or of all rows. */
interface Ask {
  readonly spec: DeclaredSpec | undefined
  readonly minRows: number
  readonly metrics: Map<string, Metric>
}

/** Everything that the rules need of an engine, asked for once, as parts that answer at once. */
export async function sumsSource(asking: Asking, policy: EvaluationPolicy): Promise<Source> {
  const found = new Map<string, readonly Part[]>()
  for (const [key, ask] of asksOf(policy)) found.set(key, await partsOf(asking, ask))
  const whole =
    found.get(WHOLE) ?? (await partsOf(asking, { spec: undefined, minRows: 0, metrics: new Map() }))
  return {
    whole: whole[0]!,
    hasChampion: asking.relation.hasChampion,
    slices: (spec, minRows) => found.get(keyOf(spec, minRows)),
  }
}

const WHOLE = 'all'

function keyOf(spec: DeclaredSpec, minRows: number): string {
  return `${minRows}:${spec.key}`
}

function asksOf(policy: EvaluationPolicy): Map<string, Ask> {
  const asks = new Map<string, Ask>()
  const add = (key: string, spec: DeclaredSpec | undefined, minRows: number, metric: Metric) => {
    const ask = asks.get(key) ?? { spec, minRows, metrics: new Map<string, Metric>() }
    // The first rule of a name says what is measured, as for rows in process.
    if (!ask.metrics.has(metric.name)) ask.metrics.set(metric.name, metric)
    asks.set(key, ask)
  }
  for (const rule of policy.rules) {
    const { metric } = demandOf(rule)
    if (rule.slices === undefined) add(WHOLE, undefined, 0, metric)
    for (const declared of rule.slices ?? []) {
      const spec = sliceSpec(declared)
      if (spec.kind === 'search') continue
      add(keyOf(spec, rule.minRows), spec, rule.minRows, metric)
    }
  }
  return asks
}

async function partsOf(asking: Asking, { spec, minRows, metrics }: Ask): Promise<readonly Part[]> {
  const all = [...metrics.values()]
  const of = (kind: ReturnType<typeof sumsKind>) => all.filter((metric) => sumsKind(metric) === kind)
  const groups = await askGroups(asking, spec, of('mean'))
  const { where, members } = membersOf(groups, spec, minRows)
  const known = where.map(() => new Map<string, Compared>())
  for (const metric of of('decisions'))
    for (const [part, own] of members.entries())
      known[part]!.set(metric.name, compared(asking, metric, viewsOf(groups, own, asking)))
  for (const metric of of('mean'))
    for (const [part, own] of members.entries())
      known[part]!.set(
        metric.name,
        measureMean(metric, quantityOf(metric)!, groups, own, asking.relation.weight !== undefined),
      )
  for (const metric of of('gap')) {
    const grouped = await askGroups(asking, spec, [], metric.groups)
    for (const [part, own] of membersLike(grouped, groups, members).entries())
      known[part]!.set(metric.name, compared(asking, metric, viewsOf(grouped, own, asking, metric.groups)))
  }
  const ranking = of('ranking')
  if (ranking.length > 0)
    await measureRanked(asking, spec, partsByWord(groups, members), ranking, (part, metric, one) =>
      known[part]!.set(metric.name, one),
    )
  return where.map((one, part) => partOf(asking, groups, members[part]!, one, known[part]!))
}

function partsByWord(groups: Groups, members: readonly Int32Array[]): PartsOfWords {
  const words = groups.words.map(() => ({ rows: 0, part: -1 }))
  const sizes = members.map((own, part) => {
    let rows = 0
    for (const member of own) {
      const word = words[groups.wordOf[member]!]!
      word.rows += groups.rows[member]!
      word.part = part
      rows += groups.rows[member]!
    }
    return rows
  })
  return { worded: groups, members, sizes, words }
}

function compared(asking: Asking, metric: Metric, views: ReturnType<typeof viewsOf>): Compared {
  const candidate = metric.measure(views.candidate)
  if (!asking.relation.hasChampion) return { candidate, champion: candidate, difference: candidate }
  return {
    candidate,
    champion: metric.measure(views.champion),
    difference: metric.compare(views.candidate, views.champion),
  }
}

/** The groups of each part, by the words in alphabetical order: the order in which rows in process have them. */
function membersOf(
  { words, wordOf, rows }: Groups,
  spec: DeclaredSpec | undefined,
  minRows: number,
): { where: readonly Where[]; members: readonly Int32Array[] } {
  if (spec === undefined) return { where: [{ kind: 'all' }], members: [Int32Array.from(wordOf.keys())] }
  const sorted = [...new Set([...words, ...spec.expect])].sort()
  const place = new Map(sorted.map((word, i) => [word, i]))
  const counts = new Float64Array(sorted.length)
  for (let group = 0; group < wordOf.length; group++)
    counts[place.get(words[wordOf[group]!]!)!]! += rows[group]!
  const { where, partOfWord } = partition(spec, sorted, counts, minRows)
  return {
    where,
    members: split(
      wordOf,
      words.map((word) => partOfWord[place.get(word)!]!),
      where.length,
    ),
  }
}

function partOf(
  { relation, roles }: Asking,
  groups: Groups,
  members: Int32Array,
  where: Where,
  known: ReadonlyMap<string, Compared>,
): Part {
  let [rows, positives] = [0, 0]
  for (const member of members) {
    rows += groups.rows[member]!
    if (groups.labels[member] === 1) positives += groups.rows[member]!
  }
  return {
    where,
    rows,
    rarer: roles.task === 'binary' ? Math.min(positives, rows - positives) : undefined,
    balance: balanceOfGroups(groups, members, relation.weight !== undefined),
    measure: (metric, model) => known.get(metric.name)![model],
    compare: (metric) => known.get(metric.name)!.difference,
  }
}

/** As `balanceOf` of rows: of a group's rows only the sums of their weights and of the squares are known, and suffice. */
function balanceOfGroups(
  { clusters, rows, squares, weights }: Groups,
  members: Int32Array,
  weighted: boolean,
): Balance | undefined {
  if (clusters !== undefined) {
    const { count, of } = clustersOf(clusters.codes, members)
    const masses = new Float64Array(count)
    for (const [i, member] of members.entries()) masses[of[i]!]! += weights[member]!
    return balanceOfMasses(masses, 'clusters')
  }
  if (!weighted) return undefined
  let [units, sum, squared] = [0, 0, 0]
  for (const member of members) {
    units += rows[member]!
    sum += weights[member]!
    squared += squares[member]!
  }
  return { units, effective: (sum * sum) / squared, of: 'rows' }
}
