import { type Influenced, influenceMetric, ratioInfluence } from './influence.js'
import type { Metric, View } from './metric.js'

/** One query: the relevances of its documents, in falling order of their scores, cut where scores differ. */
interface Ranked {
  /** Relevances of each run of equal scores. */
  readonly ties: readonly (readonly number[])[]
  readonly relevances: readonly number[]
}

/**
 * Mean over queries of one value each. Its influence stands in the query's first row, and the queries are the clusters
 * where no others are named: so it is they that count, not the documents. A query weighs what its documents do on
 * average.
 */
function overQueries(view: View, value: (query: Ranked) => number): Influenced {
  const {
    queries,
    scores: [scores],
    targets,
    weights,
    rows,
  } = view
  if (queries === undefined) return { state: 'undefined', because: 'there is no column of queries' }
  const members = Array.from({ length: queries.count }, (): number[] => [])
  for (let row = 0; row < rows; row++) members[queries.of[row]!]!.push(row)
  const [above, below] = [new Float64Array(rows), new Float64Array(rows)]
  for (const own of members) {
    const [first] = own
    if (first === undefined) continue
    const weight = weights === undefined ? 1 : own.reduce((sum, row) => sum + weights[row]!, 0) / own.length
    below[first] = weight
    above[first] = weight * value(ranked(own, scores!, targets!))
  }
  const found = ratioInfluence(above, below, 'there is no query')
  return found.state === 'undefined'
    ? found
    : { ...found, trials: members.filter((own) => own.length > 0).length }
}

function ranked(rows: readonly number[], scores: Float64Array, targets: Float64Array): Ranked {
  const order = rows.toSorted((a, b) => scores[b]! - scores[a]!)
  const ties: number[][] = []
  for (const [i, row] of order.entries()) {
    if (i > 0 && scores[row] === scores[order[i - 1]!]) ties.at(-1)!.push(targets[row]!)
    else ties.push([targets[row]!])
  }
  return { ties, relevances: order.map((row) => targets[row]!) }
}

const discount = (rank: number) => 1 / Math.log2(rank + 1)

/**
 * Normalised discounted cumulative gain (Järvelin & Kekäläinen 2002) over the first `k`; equal scores share the mean of
 * the discounts they span (McSherry & Najork 2008), as `ndcg_score` does. 0 for a query without relevant documents. Of
 * one document it is 1 or 0; scikit-learn refuses that.
 */
function ndcg({ ties, relevances }: Ranked, k: number, gain: (relevance: number) => number): number {
  let [found, rank] = [0, 0]
  for (const tie of ties) {
    let discounts = 0
    for (let i = 0; i < tie.length; i++) if (++rank <= k) discounts += discount(rank)
    found += (tie.reduce((sum, relevance) => sum + gain(relevance), 0) / tie.length) * discounts
  }
  const ideal = relevances
    .toSorted((a, b) => b - a)
    .slice(0, k)
    .reduce((sum, relevance, i) => sum + gain(relevance) * discount(i + 1), 0)
  return ideal === 0 ? 0 : found / ideal
}

const isRelevant = (relevance: number) => relevance > 0

/** Runs of equal scores: documents and relevant ones in each, and before it. */
function* runs({ ties }: Ranked) {
  let [before, relevantBefore] = [0, 0]
  for (const tie of ties) {
    const relevant = tie.filter(isRelevant).length
    yield { size: tie.length, relevant, before, relevantBefore }
    before += tie.length
    relevantBefore += relevant
  }
}

/** 1/rank of the first relevant document, expected over the orders of equal scores; 0 without one. */
function reciprocalRank(query: Ranked): number {
  for (const { size, relevant, before } of runs(query)) {
    if (relevant === 0) continue
    // P(first relevant of r among t is at place j) = C(t − j, r − 1)/C(t, r), by its ratio from place to place.
    let [sum, share] = [0, relevant / size]
    for (let place = 1; place <= size - relevant + 1; place++) {
      sum += share / (before + place)
      share *= (size - place - relevant + 1) / (size - place)
    }
    return sum
  }
  return 0
}

/**
 * Average precision of a query over the first `k`, expected over the orders of equal scores (McSherry & Najork 2008):
 * the sum over relevant documents of the precision at their rank, over the number of relevant ones or `k`, whichever is
 * less. 0 without a relevant one.
 */
function averagePrecisionAt(query: Ranked, k: number): number {
  const all = query.relevances.filter(isRelevant).length
  if (all === 0) return 0
  let sum = 0
  for (const { size, relevant, before, relevantBefore } of runs(query)) {
    for (let place = 1; place <= size && before + place <= k; place++) {
      const others = size === 1 ? 0 : ((place - 1) * (relevant - 1)) / (size - 1)
      sum += ((relevant / size) * (relevantBefore + 1 + others)) / (before + place)
    }
  }
  return sum / Math.min(all, k)
}

/** Relevant documents among the first `k`, expected over the orders of equal scores. */
function relevantAt(query: Ranked, k: number): number {
  let found = 0
  for (const { size, relevant, before } of runs(query))
    found += (relevant / size) * Math.max(0, Math.min(size, k - before))
  return found
}

function recallAt(query: Ranked, k: number): number {
  const all = query.relevances.filter(isRelevant).length
  return all === 0 ? 0 : relevantAt(query, k) / all
}

function queryMetric(name: string, label: string, value: (query: Ranked) => number): Metric {
  return influenceMetric({
    name,
    label,
    better: 'higher',
    tasks: ['ranking'],
    needs: 'number',
    scale: 'logit',
    method: 'Student t over queries',
    reference: 't',
    influence: (view) => overQueries(view, value),
  })
}

const ALL = Number.POSITIVE_INFINITY
const linear = (relevance: number) => relevance
const exponential = (relevance: number) => 2 ** relevance - 1

/** Metrics of the first k documents of a query, by what their name starts with. */
export const AT: Readonly<Record<string, (k: number) => Metric>> = {
  ndcg: (k) => queryMetric(`ndcg@${k}`, `NDCG at ${k}`, (query) => ndcg(query, k, linear)),
  ndcg_exp: (k) =>
    queryMetric(`ndcg_exp@${k}`, `NDCG with exponential gain at ${k}`, (query) =>
      ndcg(query, k, exponential),
    ),
  map: (k) =>
    queryMetric(`map@${k}`, `mean average precision at ${k}`, (query) => averagePrecisionAt(query, k)),
  recall: (k) => queryMetric(`recall@${k}`, `recall at ${k}`, (query) => recallAt(query, k)),
  precision: (k) => queryMetric(`precision@${k}`, `precision at ${k}`, (query) => relevantAt(query, k) / k),
}

export const QUERY_METRICS = {
  ndcg: queryMetric('ndcg', 'NDCG', (query) => ndcg(query, ALL, linear)),
  ndcg_exp: queryMetric('ndcg_exp', 'NDCG with exponential gain', (query) => ndcg(query, ALL, exponential)),
  map: queryMetric('map', 'mean average precision', (query) => averagePrecisionAt(query, ALL)),
  mrr: queryMetric('mrr', 'mean reciprocal rank', reciprocalRank),
}
