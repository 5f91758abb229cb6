import type { Compared, Metric } from '../metrics/metric.js'
import type { DeclaredSpec } from '../slices/spec.js'
import { askBinned, cutScores, measureBinned } from './binned.js'
import type { Asking } from './groups.js'
import { membersLike, type Worded } from './members.js'
import { askScores, measureScores, NO_SCORES } from './ranking.js'

/** Parts of one declaration by their groups, and how many rows each has. */
export interface PartsOfWords {
  readonly worded: Worded
  readonly members: readonly Int32Array[]
  readonly sizes: readonly number[]
  /** Rows of each word, and the part it is in. */
  readonly words: readonly { readonly rows: number; readonly part: number }[]
}

/**
 * Metrics of the order of scores for every part. Up to `exactRows` rows a part's own scores are asked for, and nothing is
 * lost; larger ones are asked for in bins.
 */
export async function measureRanked(
  asking: Asking,
  spec: DeclaredSpec | undefined,
  parts: PartsOfWords,
  metrics: readonly Metric[],
  put: (part: number, metric: Metric, compared: Compared) => void,
): Promise<void> {
  const { exactRows, relation } = asking
  // Influences of a cluster lie in all bins of its rows: those are the rows again.
  const binned = relation.cluster === undefined && parts.sizes.some((rows) => rows > exactRows)
  const cuts = binned ? await cutScores(asking) : undefined
  const isLarge = (part: number) => cuts !== undefined && parts.sizes[part]! > exactRows
  for (const range of rangesOf(parts, isLarge, exactRows)) {
    const scores = await askScores(asking, spec, range)
    for (const [part, own] of membersLike(scores, parts.worded, parts.members).entries()) {
      if (isLarge(part) || !range.parts.has(part)) continue
      for (const metric of metrics) put(part, metric, measureScores(metric, scores, own, asking))
    }
  }
  for (const [part, rows] of parts.sizes.entries())
    if (rows === 0)
      for (const metric of metrics)
        put(part, metric, measureScores(metric, NO_SCORES, new Int32Array(0), asking))
  if (cuts === undefined) return
  // Slices too small to be judged alone are one part, which may be large where none of them is.
  const least = parts.words.reduce(
    (rows, word) => (isLarge(word.part) ? Math.min(rows, word.rows) : rows),
    Infinity,
  )
  const found = await askBinned(asking, spec, cuts, Number.isFinite(least) ? least - 1 : 0)
  const like = (worded: Worded) => membersLike(worded, parts.worded, parts.members)
  const candidate = like(found.marginals.candidate!)
  const champion = found.marginals.champion === undefined ? candidate : like(found.marginals.champion)
  const joint = found.joint === undefined ? candidate : like(found.joint)
  for (const part of parts.sizes.keys()) {
    if (!isLarge(part)) continue
    const members = { candidate: candidate[part]!, champion: champion[part]!, joint: joint[part]! }
    for (const metric of metrics)
      put(part, metric, measureBinned(metric, found, members, cuts, relation.weight !== undefined))
  }
}

/** Slices by their rows: those of more than `above` and at most `upTo`. */
export interface SizeRange {
  readonly above: number
  readonly upTo: number
  readonly parts: ReadonlySet<number>
}

/**
 * Ranges of sizes whose slices together have some `exactRows` rows, so that no answer is larger than that. The slices
 * too small to be judged alone are one part, and come together.
 */
function rangesOf(
  { words }: PartsOfWords,
  isLarge: (part: number) => boolean,
  exactRows: number,
): SizeRange[] {
  const sorted = words.filter(({ part }) => part >= 0 && !isLarge(part)).sort((a, b) => a.rows - b.rows)
  const last = new Map(sorted.map(({ part }, i) => [part, i]))
  const ranges: SizeRange[] = []
  let [above, rows, open] = [0, 0, 0]
  let parts = new Set<number>()
  for (const [i, word] of sorted.entries()) {
    rows += word.rows
    parts.add(word.part)
    open = Math.max(open, last.get(word.part)!)
    const next = sorted[i + 1]
    const mayEnd = next === undefined || (next.rows > word.rows && open <= i)
    if (!mayEnd || (next !== undefined && rows + next.rows <= exactRows)) continue
    ranges.push({ above, upTo: word.rows, parts })
    above = word.rows
    rows = 0
    parts = new Set()
  }
  return ranges
}
