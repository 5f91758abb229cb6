import type { Estimate } from '../estimates/estimate.js'
import type { WordColumn } from '../table/table.js'
import type { Task } from '../tasks/task.js'
import type { Influenced } from './influence.js'

/** Which of `count` sets each row is in. */
export interface Grouping {
  readonly of: Int32Array
  readonly count: number
}

/** Answers to each item, of which a row is the mean. */
export interface Repeats {
  readonly answers: Int32Array
  /** Answers that scored at or above the threshold. */
  readonly passed: Int32Array
}

/** What stands behind the rows of a view where each is a group of rows of the table, with its sums as its own. */
export interface Collapsed {
  /** Rows of the table in each group. */
  readonly rows: Float64Array
  /** Those of them whose weight is not 0. */
  readonly counted: Float64Array
  /** Sum of the squared weights of each group; its rows where the table has no weights. */
  readonly squares: Float64Array
  /** Whether the table has weights: without them the weights of a view of groups are counts. */
  readonly weighted: boolean
}

/** What says how much the rows of a view count. */
export type Weighing = Pick<View, 'weights' | 'collapsed'>

/** Rows of one slice, or all of them, with the scores of one model. */
export interface View {
  readonly rows: number
  /** Class of each row: 1 is positive for a binary task, else an index of `classes`. Zero where a task has none. */
  readonly labels: Int32Array
  /** The true number of each row: the target of a regression or forecast, the relevance of a ranking. */
  readonly targets?: Float64Array
  /** Whether each row has each class, 0 or 1 (multilabel). */
  readonly truths?: readonly Int32Array[]
  /** One column of scores; one for each class of a multiclass or multilabel task, one for each quantile of a forecast. */
  readonly scores: readonly Float64Array[]
  readonly classes: readonly string[]
  /** Scores at or above it are predicted positive, or have passed. */
  readonly threshold: number
  /** Level of each column of scores (forecasting); empty for a point forecast. */
  readonly quantiles?: readonly number[]
  /** How much each row counts; once without them. */
  readonly weights?: Float64Array
  /** There where a row stands for a group of rows, alike in all that is asked of them; `weights` are then their sums. */
  readonly collapsed?: Collapsed
  /** Class that is predicted for each row, where the scores behind it stayed where they are. */
  readonly predicted?: Int32Array
  /** Rows of one cluster are not independent of each other. */
  readonly clusters?: Grouping
  /** The query of each row (ranking). */
  readonly queries?: Grouping
  /** Numbers that rules name: a latency, a cost, the score of a judge. */
  readonly columns?: ReadonlyMap<string, Float64Array>
  /** By named number column, the answers behind each row's mean. */
  readonly repeats?: ReadonlyMap<string, Repeats>
  /** Columns whose values are the groups of a fairness gap. */
  readonly groupings?: ReadonlyMap<string, WordColumn>
}

/** `undefined` is a state, not a number: what a metric cannot say never compares as if it were said. */
export type Measured =
  | { readonly state: 'measured'; readonly estimate: Estimate }
  | { readonly state: 'undefined'; readonly because: string }

/** What a score must be for a metric to mean something; `columns` when it needs named columns and no score. */
export type ScoreKind = 'ranking' | 'probability' | 'decision' | 'number' | 'columns'

export interface Metric {
  /** As written in sluice.yaml, with the column it is of: `auc`, `ndcg@10`, `p95(latency_ms)`. */
  readonly name: string
  /** As a sentence names it. */
  readonly label: string
  readonly better: 'higher' | 'lower'
  readonly tasks: readonly Task[]
  readonly needs: ScoreKind
  /** On fewer rows its error is not known well enough to decide anything. */
  readonly minRows?: number
  /** Only the rule knows whether higher or lower is better. */
  readonly undirected?: true
  /** The named number column it is of; empty where the rule names none. */
  readonly column?: string
  /** The column of words whose values it compares. */
  readonly groups?: string
  /** Why it can be held against a bound only, and never against a champion. */
  readonly boundsOnly?: string
  /** The value and its interval. */
  measure(view: View): Measured
  /** Candidate minus champion on the same rows. */
  compare(candidate: View, champion: View): Measured
  /** How much each row moves the value, in an array of the caller's own; a metric without it cannot tell rows apart. */
  influence?(view: View): Influenced
  /** All three at once, where they share their work. */
  both?(candidate: View, champion: View): Compared
}

/** Two models on the same rows. */
export interface Compared {
  readonly candidate: Measured
  readonly champion: Measured
  readonly difference: Measured
}

/** Rows of the table that a view holds. */
export function rowsOf({ rows, collapsed }: View): number {
  return collapsed === undefined ? rows : collapsed.rows.reduce((sum, count) => sum + count, 0)
}

/** Whether rows of the table count differently. */
export function isWeighted({ weights, collapsed }: Weighing): boolean {
  return collapsed === undefined ? weights !== undefined : collapsed.weighted
}

export function undefinedBecause(because: string): Measured {
  return { state: 'undefined', because }
}

export function measured(estimate: Estimate): Measured {
  if (Number.isFinite(estimate.value) && !Number.isNaN(estimate.standardError))
    return { state: 'measured', estimate }
  return undefinedBecause('its value or its error is not a finite number')
}
