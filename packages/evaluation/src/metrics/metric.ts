import type { Estimate } from '../estimates/estimate.js'

/** Rows of one slice, or all of them, with the scores of one model. */
export interface View {
  readonly rows: number
  /** Class of each row: 1 is positive for a binary task, else an index of `classes`. */
  readonly labels: Int32Array
  /** One column of scores for a binary task; one for each class otherwise. */
  readonly scores: readonly Float64Array[]
  readonly classes: readonly string[]
  /** Scores at or above it are predicted positive (binary). */
  readonly threshold: number
  /** Rows of one cluster are not independent of each other. */
  readonly clusters?: { readonly of: Int32Array; readonly count: number }
}

/** `undefined` is a state, not a number: what a metric cannot say never compares as if it were said. */
export type Measured =
  | { readonly state: 'measured'; readonly estimate: Estimate }
  | { readonly state: 'undefined'; readonly because: string }

/** What a score must be for a metric to mean something. */
export type ScoreKind = 'ranking' | 'probability' | 'decision'

export interface Metric {
  /** As written in sluice.yaml. */
  readonly name: string
  /** As a sentence names it. */
  readonly label: string
  readonly better: 'higher' | 'lower'
  readonly task: 'binary' | 'multiclass' | 'both'
  readonly needs: ScoreKind
  /** On fewer rows its error is not known well enough to decide anything. */
  readonly minRows?: number
  /** The value and its interval. */
  measure(view: View): Measured
  /** Candidate minus champion on the same rows. */
  compare(candidate: View, champion: View): Measured
}

export function undefinedBecause(because: string): Measured {
  return { state: 'undefined', because }
}

export function measured(estimate: Estimate): Measured {
  if (Number.isFinite(estimate.value) && !Number.isNaN(estimate.standardError))
    return { state: 'measured', estimate }
  return undefinedBecause('its value or its error is not a finite number')
}
