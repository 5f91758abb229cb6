import { uniform } from '../bootstrap/poisson.js'
import { normalQuantile } from '../distributions/normal.js'

/** Above this mean a Poisson number is a rounded normal one: its skewness, 1/√mean, is under 0.19. */
const NORMAL_FROM = 30

/**
 * Counts of one replicate of the Poisson bootstrap of grouped rows: each cell draws a Poisson number with its count as
 * mean. A draw is a hash of seed, replicate and cell, the same on every machine and in every order.
 * @param into gets the counts
 */
export function resampleCounts(
  counts: ArrayLike<number>,
  seed: number,
  replicate: number,
  into: Float64Array,
): void {
  for (let cell = 0; cell < counts.length; cell++)
    into[cell] = poisson(counts[cell]!, uniform(seed, replicate, cell))
}

/** The Poisson number at a uniform one, by inversion. */
function poisson(mean: number, u: number): number {
  if (mean === 0) return 0
  if (mean >= NORMAL_FROM) return Math.max(0, Math.round(mean + Math.sqrt(mean) * normalQuantile(u)))
  let probability = Math.exp(-mean)
  let sum = probability
  let k = 0
  while (u > sum && k < 200) {
    k++
    probability *= mean / k
    sum += probability
  }
  return k
}
