/** A two-sided interval; its ends are the one-sided bounds of half its error probability each. */
export interface Interval {
  readonly low: number
  readonly high: number
}
