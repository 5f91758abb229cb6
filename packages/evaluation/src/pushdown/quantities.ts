import { LOG_LOSS_EPSILON } from '../metrics/losses.js'
import type { Metric } from '../metrics/metric.js'
import { sqlNumber } from '../slices/condition/sql.js'

/** What a row's value is made of, as SQL. */
export interface RowSql {
  /** Class of the row, a whole number; undefined where the task has none. */
  readonly label: string | undefined
  /** The true number of the row, where the task has one. */
  readonly target: string | undefined
  readonly scores: readonly string[]
  readonly named: ReadonlyMap<string, string>
}

/** A metric that is the mean of one value a row, or a function of it. */
export interface Quantity {
  readonly value: (row: RowSql) => string
  /** What the metric makes of the mean, with its slope there. */
  readonly link: Link
  /** Why there is no such mean on rows of which this is true. */
  readonly undefinedWhere?: { readonly sql: (row: RowSql) => string; readonly because: string }
  /** The mean of a named column: as a share, where it is nothing but 0 and 1. */
  readonly column?: string
}

export interface Link {
  readonly name: 'identity' | 'root'
  value(mean: number): number
  slope(mean: number): number
}

const IDENTITY: Link = { name: 'identity', value: (mean) => mean, slope: () => 1 }
const ROOT: Link = {
  name: 'root',
  value: Math.sqrt,
  slope: (mean) => (mean === 0 ? 0 : 1 / (2 * Math.sqrt(mean))),
}

const error = ({ target, scores }: RowSql) => `(${target} - ${scores[0]})`
const square = (expression: string) => `${expression} * ${expression}`

/** The score that the true class got; of one score for two classes, what is left of 1 for class 0. */
function ownScore({ label, scores }: RowSql): string {
  const [low, high] = [sqlNumber(LOG_LOSS_EPSILON), sqlNumber(1 - LOG_LOSS_EPSILON)]
  const clipped = (score: string) => `least(${high}, greatest(${low}, ${score}))`
  if (scores.length === 1)
    return `case when ${label} = 1 then ${clipped(scores[0]!)} else 1e0 - ${clipped(scores[0]!)} end`
  const cases = scores.map((score, c) => `when ${c} then ${clipped(score)}`)
  return `case ${label} ${cases.join(' ')} end`
}

const MEANS: Readonly<Record<string, Quantity>> = {
  log_loss: { value: (row) => `-ln(${ownScore(row)})`, link: IDENTITY },
  brier: {
    value({ label, scores }) {
      const [only] = scores
      if (scores.length === 1) return square(`(${only} - ${label})`)
      return scores
        .map((score, c) => square(`(${score} - case when ${label} = ${c} then 1 else 0 end)`))
        .join(' + ')
    },
    link: IDENTITY,
  },
  mae: { value: (row) => `abs(${error(row)})`, link: IDENTITY },
  mse: { value: (row) => square(error(row)), link: IDENTITY },
  rmse: { value: (row) => square(error(row)), link: ROOT },
  mean_error: { value: ({ target, scores }) => `(${scores[0]} - ${target})`, link: IDENTITY },
  mape: {
    value: (row) => `abs(${error(row)} / nullif(${row.target}, 0))`,
    link: IDENTITY,
    undefinedWhere: {
      sql: ({ target }) => `${target} = 0`,
      because: 'MAPE divides by the target, and one is 0: use wape, smape or mase',
    },
  },
  smape: {
    value: (row) =>
      `case when ${row.target} = ${row.scores[0]} then 0e0 else 2 * abs(${error(row)}) / (abs(${row.target}) + abs(${row.scores[0]})) end`,
    link: IDENTITY,
  },
}

/** The value whose mean a metric is, or undefined when it is no such mean. */
export function quantityOf({ name, column }: Metric): Quantity | undefined {
  if (column !== undefined && name === `mean(${column})`)
    return { value: ({ named }) => named.get(column)!, link: IDENTITY, column }
  return Object.hasOwn(MEANS, name) ? MEANS[name] : undefined
}

/** The class that is predicted: by the threshold for a binary task, else the first of the largest scores. */
export function predictedSql({ scores }: RowSql, threshold: number): string {
  if (scores.length === 1) return `case when ${scores[0]} >= ${sqlNumber(threshold)} then 1 else 0 end`
  const cases = scores.slice(0, -1).map((score, c) => {
    const others = scores.filter((_, other) => other > c)
    return `when ${others.map((other) => `${score} >= ${other}`).join(' and ')} then ${c}`
  })
  // A class before that was larger has been taken; a tie goes to the first.
  return `case ${cases.join(' ')} else ${scores.length - 1} end`
}
