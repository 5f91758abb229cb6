/**
 * Shares of two samples in the same cells, with half a row added to every cell and the sums made 1 again: an empty
 * cell has a finite logarithm, and a cell that vanished counts as shrunk (Jeffreys' prior; the sum not made 1 again is
 * Azure/azureml-assets#909).
 * @param counts rows a cell, not negative
 */
export function smoothedShares(counts: ArrayLike<number>): Float64Array {
  let total = 0
  for (let i = 0; i < counts.length; i++) total += counts[i]! + 0.5
  return Float64Array.from(counts, (count) => (count + 0.5) / total)
}

/**
 * Population stability index Σ (p − q) ln(p/q) of smoothed shares: the symmetrised Kullback-Leibler divergence
 * (Jeffreys 1946). 0 for equal shares; without bound. Of equal populations it is about (cells − 1)(1/n + 1/m).
 */
export function populationStability(reference: ArrayLike<number>, current: ArrayLike<number>): number {
  const q = smoothedShares(reference)
  const p = smoothedShares(current)
  let sum = 0
  for (let i = 0; i < p.length; i++) sum += (p[i]! - q[i]!) * Math.log(p[i]! / q[i]!)
  return sum
}

/**
 * Jensen-Shannon distance: the square root of the divergence to base 2, between 0 and 1 (Endres & Schindelin 2003;
 * `scipy.spatial.distance.jensenshannon(…, base=2)`). Of shares as they are: no logarithm of an empty cell is taken.
 */
export function jensenShannonDistance(reference: ArrayLike<number>, current: ArrayLike<number>): number {
  const [n, m] = [sumOf(reference), sumOf(current)]
  let sum = 0
  for (let i = 0; i < reference.length; i++) {
    const [q, p] = [reference[i]! / n, current[i]! / m]
    const middle = (p + q) / 2
    if (p > 0) sum += p * Math.log2(p / middle)
    if (q > 0) sum += q * Math.log2(q / middle)
  }
  return Math.sqrt(Math.max(0, sum / 2))
}

/**
 * Pearson's χ² of the 2×K table, without continuity correction (`scipy.stats.chi2_contingency(…, correction=False)`);
 * cells that are empty on both sides do not count. `cramersV` is √(χ²/N), the table's other side being 2.
 */
export function chiSquareOfTable(
  reference: ArrayLike<number>,
  current: ArrayLike<number>,
): { readonly statistic: number; readonly df: number; readonly cramersV: number } {
  const [n, m] = [sumOf(reference), sumOf(current)]
  let statistic = 0
  let cells = 0
  for (let i = 0; i < reference.length; i++) {
    const column = reference[i]! + current[i]!
    if (column === 0) continue
    cells++
    const [expectedOfN, expectedOfM] = [(column * n) / (n + m), (column * m) / (n + m)]
    statistic +=
      (reference[i]! - expectedOfN) ** 2 / expectedOfN + (current[i]! - expectedOfM) ** 2 / expectedOfM
  }
  return { statistic, df: Math.max(0, cells - 1), cramersV: Math.sqrt(statistic / (n + m)) }
}

function sumOf(values: ArrayLike<number>): number {
  let sum = 0
  for (let i = 0; i < values.length; i++) sum += values[i]!
  return sum
}
