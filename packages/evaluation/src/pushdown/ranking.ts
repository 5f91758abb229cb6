import type { Compared, Metric } from '../metrics/metric.js'
import type { DeclaredSpec } from '../slices/spec.js'
import type { Answer } from './answer.js'
import { type Asking, believed, rowSums, type Side, type Weighed, wordsOf } from './groups.js'
import type { SizeRange } from './ranked-parts.js'
import { sliceSql } from './slice-sql.js'
import { picked, sharedView } from './views.js'

/** Groups of rows that are alike in slice, label, cluster and both models' scores. */
export interface ScoreGroups extends Weighed {
  readonly words: readonly string[]
  readonly wordOf: Int32Array
  readonly labels: Int32Array
  readonly scores: Readonly<Record<Side, Float64Array>>
  readonly clusters: Answer['keys'][number] | undefined
}

/** The scores themselves, as few as there are. */
export async function askScores(
  asking: Asking,
  spec: DeclaredSpec | undefined,
  range: SizeRange,
): Promise<ScoreGroups> {
  const { asker, relation, look } = asking
  const slice = sliceSql(spec, relation.dialect, relation, range)
  const sides: Side[] = relation.hasChampion ? ['candidate', 'champion'] : ['candidate']
  const keys = [...slice.keys, ...(relation.cluster === undefined ? [] : [relation.cluster])]
  const numbers = [look.label!, ...sides.map((side) => relation.scores[side][0]!)]
  const { sums, read } = rowSums(relation)
  const by = Array.from({ length: keys.length + numbers.length }, (_, i) => i + 1).join(', ')
  const where = slice.where === undefined ? '' : `where ${slice.where} `
  const sql = `select ${[...keys, ...numbers, ...sums].join(', ')} from ${slice.from} ${where}group by ${by} order by ${by}`
  const answer = await asker.groups(sql, keys.length, numbers.length + sums.length)
  return {
    ...wordsOf(answer, slice.keys.length, slice.word),
    labels: Int32Array.from(answer.numbers[0]!),
    scores: {
      candidate: answer.numbers[1]!,
      champion: relation.hasChampion ? answer.numbers[2]! : answer.numbers[1]!,
    },
    ...believed(asker, read(answer.numbers.slice(numbers.length))),
    clusters: relation.cluster === undefined ? undefined : answer.keys[slice.keys.length]!,
  }
}

const none = new Float64Array(0)

/** Of a slice that was asked for and has no row. */
export const NO_SCORES: ScoreGroups = {
  words: [],
  wordOf: new Int32Array(0),
  labels: new Int32Array(0),
  scores: { candidate: none, champion: none },
  rows: none,
  counted: none,
  weights: none,
  squares: none,
  clusters: undefined,
}

/** The order of scores, measured by the code that takes rows. */
export function measureScores(
  metric: Metric,
  groups: ScoreGroups,
  members: Int32Array,
  asking: Asking,
): Compared {
  const shared = sharedView(groups, members, asking)
  const candidate = { ...shared, scores: [picked(groups.scores.candidate, members)] }
  if (!asking.relation.hasChampion) {
    const one = metric.measure(candidate)
    return { candidate: one, champion: one, difference: one }
  }
  return metric.both!(candidate, { ...shared, scores: [picked(groups.scores.champion, members)] })
}
