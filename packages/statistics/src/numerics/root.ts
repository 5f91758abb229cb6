/**
 * Root of a function that rises from at most 0 at `low` to at least 0 at `high`: Newton steps where they
 * stay inside the bracket, bisection where they do not. Ends when the bracket or the step is within rounding.
 * @param slope the derivative; leave it out to bisect only
 */
export function risingRoot(
  f: (x: number) => number,
  low: number,
  high: number,
  slope?: (x: number) => number,
  start = low + (high - low) / 2,
): number {
  let x = start
  for (let i = 0; i < 2000; i++) {
    const value = f(x)
    if (value === 0) return x
    if (value < 0) low = x
    else high = x
    let next = slope === undefined ? Number.NaN : x - value / slope(x)
    if (!(next > low && next < high)) next = low + (high - low) / 2
    if (Math.abs(next - x) <= 1e-16 * Math.abs(x) || next === low || next === high) return next
    x = next
  }
  return x
}
