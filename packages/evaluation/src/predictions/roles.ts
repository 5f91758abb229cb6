import type { SliceSpec } from '../slices/spec.js'
import type { Task } from '../tasks/task.js'

/** A number column that a rule names, and what it is called in the champion's file. */
export interface NamedColumn {
  readonly name: string
  readonly champion: string
}

/** Which column plays which part. */
export interface Roles {
  readonly id: string
  readonly task: Task
  /** The true class, number or relevance; none for a generation, whose scores are judgements already. */
  readonly label?: string
  /** One column of 0 or 1 for each class (multilabel). */
  readonly labels?: readonly string[]
  /** One score column; one for each class (multiclass, multilabel) or quantile (forecasting); none for a generation. */
  readonly candidate: readonly string[]
  readonly champion?: readonly string[]
  readonly classes: readonly string[]
  readonly positive?: string
  readonly quantiles?: readonly number[]
  readonly slices: readonly SliceSpec[]
  readonly weight?: string
  readonly cluster?: string
  /** Rows of one value are ranked against each other (ranking). */
  readonly query?: string
  /** Number of an answer to the same id: its rows are one, their mean. */
  readonly repeat?: string
  /** From this score on an answer has passed. */
  readonly passing?: number
  /** Hash of the prompt of each row: it must be the same for both models. */
  readonly prompt?: string
  /** Hash of what is expected of each row, for tasks without a label: it must be the same too. */
  readonly target?: string
  readonly columns?: readonly NamedColumn[]
  /** Columns whose values are the groups of a fairness gap. */
  readonly groupings?: readonly string[]
}
