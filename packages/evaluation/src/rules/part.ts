import type { Measured, Metric } from '../metrics/metric.js'
import type { RowLosses } from '../metrics/row-losses.js'
import { shortened } from '../report/shortened.js'
import type { DeclaredSpec, SearchSpec } from '../slices/spec.js'
import type { Balance } from './balance.js'

/**
 * All rows, one value of a slice column, the values too small to be judged alone; a slice that was looked for, or the
 * half of the rows that such slices are tested on.
 */
export type Where =
  | { readonly kind: 'all' }
  | { readonly kind: 'slice'; readonly column: string; readonly value: string }
  | { readonly kind: 'small'; readonly column: string; readonly values: number; readonly minRows: number }
  | { readonly kind: 'found'; readonly condition: string }
  | { readonly kind: 'half' }

/** What a rule is held against: rows, or what a summary says about them. */
export interface Part {
  readonly where: Where
  /** Undefined when a summary does not say. */
  readonly rows: number | undefined
  /** Rows of the rarer class of a binary task; undefined where it plays no part. */
  readonly rarer: number | undefined
  /** How evenly rows or clusters count, where some may count more than others. */
  readonly balance?: Balance | undefined
  measure(metric: Metric, model: 'candidate' | 'champion'): Measured
  compare(metric: Metric): Measured
  /** Undefined when there are no rows to tell apart. */
  readonly each?: EachRow
}

/** The rows of a part, one by one. */
export interface EachRow {
  /** How much each counts against the candidate: against the champion, or alone. */
  losses(metric: Metric, good: Good, compared: boolean): RowLosses
  /** @param place among the rows of the part */
  id(place: number): string
}

/** Which side of a threshold is good. */
export type Good = 'above' | 'below'

/** What slices are looked for against. */
export interface Sought {
  readonly metric: Metric
  readonly good: Good
  /** Whether what counts is the loss against the champion. */
  readonly compared: boolean
  readonly minRows: number
  readonly minPerClass: number
}

/** Slices found in one half of the rows, as parts of the other; that half itself where there are none. */
export interface Found {
  readonly parts: readonly Part[]
  readonly search: SearchOutcome
}

/** What a search went through. */
export interface SearchOutcome {
  readonly by: readonly string[]
  readonly depth: number
  /** Rows of the half that was searched, and of the other, on which what was found is tested. */
  readonly searchedRows: number
  readonly testedRows: number
  /** Rows that a slice needs in either. */
  readonly support: { readonly searched: number; readonly tested: number }
  /** Slices with as many rows that were looked at. */
  readonly looked: number
  readonly found: number
  /** Slices that look as bad as those, with too few rows of a class to be tested. */
  readonly unfit: number
}

/** Where the parts come from. */
export interface Source {
  readonly whole: Part
  readonly hasChampion: boolean
  /** The slices of one declaration; undefined when the source has no rows to split. */
  slices(spec: DeclaredSpec, minRows: number): readonly Part[] | undefined
  /** Slices that are worse than the rest; missing or undefined when the source has no rows to tell apart. */
  search?(spec: SearchSpec, sought: Sought): Found | undefined
}

/** Longer than a value, for it is to be copied. */
const CONDITION = 240

/** `origin = 'JFK'` */
export function whereText(where: Where): string {
  switch (where.kind) {
    case 'all':
      return 'all rows'
    case 'slice':
      return `${where.column} = '${shortened(where.value)}'`
    case 'small':
      return where.values === 1
        ? `${where.column}: the 1 value under ${where.minRows} rows`
        : `${where.column}: ${where.values} values under ${where.minRows} rows together`
    case 'found':
      return shortened(where.condition, CONDITION)
    case 'half':
      return 'the tested half'
  }
}
