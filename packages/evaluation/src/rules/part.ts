import type { Measured, Metric } from '../metrics/metric.js'
import { shortened } from '../report/shortened.js'
import type { SliceSpec } from '../slices/spec.js'

/** All rows, one value of a slice column, or the values too small to be judged alone. */
export type Where =
  | { readonly kind: 'all' }
  | { readonly kind: 'slice'; readonly column: string; readonly value: string }
  | { readonly kind: 'small'; readonly column: string; readonly values: number; readonly minRows: number }

/** What a rule is held against: rows, or what a summary says about them. */
export interface Part {
  readonly where: Where
  /** Undefined when a summary does not say. */
  readonly rows: number | undefined
  /** Rows of the rarer class of a binary task; undefined where it plays no part. */
  readonly rarer: number | undefined
  measure(metric: Metric, model: 'candidate' | 'champion'): Measured
  compare(metric: Metric): Measured
}

/** Where the parts come from. */
export interface Source {
  readonly whole: Part
  readonly hasChampion: boolean
  /** The slices of one declaration; undefined when the source has no rows to split. */
  slices(spec: SliceSpec, minRows: number): readonly Part[] | undefined
}

/** `origin = 'JFK'` */
export function whereText(where: Where): string {
  switch (where.kind) {
    case 'all':
      return 'all rows'
    case 'slice':
      return `${where.column} = '${shortened(where.value)}'`
    case 'small':
      return `${where.column}: ${where.values} values under ${where.minRows} rows together`
  }
}
