/** ln Σ exp(x); −Infinity of none. Infinite terms are allowed. */
export function logSumExp(values: readonly number[]): number {
  let max = Number.NEGATIVE_INFINITY
  for (const value of values) if (value > max) max = value
  if (max === Number.NEGATIVE_INFINITY || max === Number.POSITIVE_INFINITY) return max
  let sum = 0
  for (const value of values) sum += Math.exp(value - max)
  return max + Math.log(sum)
}

/** ln of the mean of exp(x): averages e-values given as logarithms, which is valid under any dependence. */
export function logMeanExp(values: readonly number[]): number {
  return logSumExp(values) - Math.log(values.length)
}

/** Sum with Neumaier's compensation (Neumaier 1974): the error does not grow with the number of terms. */
export function compensatedSum(values: ArrayLike<number>): number {
  let sum = 0
  let lost = 0
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!
    const next = sum + value
    lost += Math.abs(sum) >= Math.abs(value) ? sum - next + value : value - next + sum
    sum = next
  }
  return sum + lost
}

/** Σ values², compensated the same way. */
export function compensatedSquares(values: Float64Array): number {
  let sum = 0
  let lost = 0
  for (let i = 0; i < values.length; i++) {
    const square = values[i]! * values[i]!
    const next = sum + square
    // Squares are not negative, so the sum is the larger one but for the first few.
    lost += sum >= square ? sum - next + square : square - next + sum
    sum = next
  }
  return sum + lost
}
