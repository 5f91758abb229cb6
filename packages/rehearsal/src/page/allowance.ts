/** How much of each thing a page may show. Verdicts and headlines are always shown. */
export interface Allowance {
  /** Rows of one table, findings of one report, entries of one list. */
  readonly rows: number
  /** UTF-16 units of one text. */
  readonly text: number
  /** Charts of evaluations and rollouts, each kind by itself. */
  readonly charts: number
  /** Slices in one chart. */
  readonly slices: number
}

/** Bytes of a page, at most. */
export const PAGE_LIMIT = 500_000

/** Tried in this order until the page fits. */
export const ALLOWANCES: readonly Allowance[] = [
  { rows: 200, text: 1000, charts: 6, slices: 60 },
  { rows: 80, text: 600, charts: 5, slices: 50 },
  { rows: 40, text: 400, charts: 4, slices: 40 },
  { rows: 15, text: 250, charts: 2, slices: 40 },
  { rows: 5, text: 200, charts: 1, slices: 30 },
  { rows: 1, text: 120, charts: 0, slices: 0 },
  { rows: 0, text: 80, charts: 0, slices: 0 },
]
