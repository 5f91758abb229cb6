/**
 * Holm's step-down adjustment (1979): rejecting where the result is at most α keeps the chance of even one
 * false rejection at α, whatever the dependence. Input order is kept.
 */
export function holm(pValues: readonly number[]): number[] {
  const order = ascending(pValues)
  const adjusted = new Array<number>(pValues.length)
  let highest = 0
  for (const [rank, index] of order.entries()) {
    highest = Math.max(highest, Math.min(1, (pValues.length - rank) * pValues[index]!))
    adjusted[index] = highest
  }
  return adjusted
}

/**
 * Benjamini & Hochberg's step-up adjustment (1995): rejecting where the result is at most q keeps the
 * expected share of false rejections at q for independent or positively dependent tests. Input order is kept.
 */
export function benjaminiHochberg(pValues: readonly number[]): number[] {
  const order = ascending(pValues)
  const adjusted = new Array<number>(pValues.length)
  let lowest = 1
  for (let rank = order.length; rank >= 1; rank--) {
    const index = order[rank - 1]!
    lowest = Math.min(lowest, (pValues[index]! * pValues.length) / rank)
    adjusted[index] = lowest
  }
  return adjusted
}

function ascending(values: readonly number[]): number[] {
  return values.map((_, index) => index).sort((a, b) => values[a]! - values[b]! || a - b)
}
