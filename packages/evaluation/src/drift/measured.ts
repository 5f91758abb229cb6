import type { Estimate } from '../estimates/estimate.js'
import type { Cells } from './cells.js'

/** How far a column has moved, as one measure has it. */
export type MeasuredDrift =
  | {
      readonly state: 'measured'
      /** The measure as it is usually given, biased upwards on few rows. */
      readonly raw: number
      /** Freed of that bias, with its error. */
      readonly estimate: Estimate
      /** p-value of "there is no drift at all", for readers who want one; nothing is decided by it. */
      readonly p: number | undefined
      readonly cells: Cells | undefined
    }
  | { readonly state: 'undefined'; readonly because: string }

export function none(because: string): MeasuredDrift {
  return { state: 'undefined', because }
}

/** An estimate by its one-sided tests, with a half of its usual interval as two standard errors. */
export function estimateOf(
  value: number,
  method: string,
  { above, below, interval }: Pick<Estimate, 'above' | 'below' | 'interval'>,
): Estimate {
  const { high, low } = interval(0.95)
  return { value, standardError: (high - low) / (2 * 1.96), method, above, below, interval }
}
