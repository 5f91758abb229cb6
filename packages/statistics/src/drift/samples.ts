/**
 * Largest distance between two empirical distribution functions (Kolmogorov & Smirnov; `scipy.stats.ks_2samp`),
 * between 0 and 1. @param a, b rising, not empty, without NaN
 */
export function kolmogorovSmirnov(a: Float64Array, b: Float64Array): number {
  let largest = 0
  walk(a, b, (difference) => {
    largest = Math.max(largest, Math.abs(difference))
  })
  return largest
}

/**
 * Earth mover's distance ∫|F − G| of two samples (`scipy.stats.wasserstein_distance`), in the unit of the values.
 * @param a, b rising, not empty, finite
 */
export function wassersteinDistance(a: Float64Array, b: Float64Array): number {
  let sum = 0
  walk(a, b, (difference, width) => {
    sum += Math.abs(difference) * width
  })
  return sum
}

/** Visits F − G on each stretch between neighbouring values of both samples, with the stretch's width. */
function walk(a: Float64Array, b: Float64Array, visit: (difference: number, width: number) => void): void {
  let [i, j] = [0, 0]
  while (i < a.length || j < b.length) {
    const at = j >= b.length || (i < a.length && a[i]! <= b[j]!) ? a[i]! : b[j]!
    while (i < a.length && a[i] === at) i++
    while (j < b.length && b[j] === at) j++
    const next = Math.min(a[i] ?? Number.POSITIVE_INFINITY, b[j] ?? Number.POSITIVE_INFINITY)
    visit(i / a.length - j / b.length, next === Number.POSITIVE_INFINITY ? 0 : next - at)
  }
}

/**
 * Two-sided p-value of a Kolmogorov-Smirnov distance by the limiting distribution (Smirnov 1948), whatever the number
 * of rows, so that the method never changes with it.
 */
export function kolmogorovTail(distance: number, n: number, m: number): number {
  const x = distance * Math.sqrt((n * m) / (n + m))
  if (x < 0.2) return 1
  let sum = 0
  for (let k = 1; k <= 100; k++) {
    const term = Math.exp(-2 * k * k * x * x)
    sum += k % 2 === 1 ? term : -term
    if (term < 1e-17) break
  }
  return Math.min(1, Math.max(0, 2 * sum))
}
