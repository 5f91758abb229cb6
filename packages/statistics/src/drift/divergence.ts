import type { CellShares } from './cell-shares.js'
import { chiSquareOfTable, jensenShannonDistance, populationStability, smoothedShares } from './shares.js'

/** How two samples in the same cells differ, by a sum over cells, with what its error is made of. */
export interface Divergence {
  readonly value: number
  /** What chance adds on average: half the sum of second derivatives times variances. */
  readonly bias: number
  /** Mean and variance of what chance adds where the populations are the same. */
  readonly nullBias: number
  readonly nullVariance: number
  /** Variance by the first derivatives, where they are not. */
  readonly slopeVariance: number
}

/** First and second derivatives of a cell's term by both shares. */
interface Derivatives {
  readonly byA: number
  readonly byB: number
  readonly byAA: number
  readonly byBB: number
}

type Kind = 'psi' | 'js' | 'cramers_v'

/**
 * The population stability index, the Jensen-Shannon divergence (the distance's square, base 2), or the square of
 * Cramér's V. All three are smooth and 0 at their least, so that near it a quadratic form in normal errors says how they
 * spread, whatever the weights and clusters, as Rao & Scott (1981) for χ².
 */
export function divergenceOf(kind: Kind, reference: CellShares, current: CellShares): Divergence {
  const { curvature, damped, derivatives, shares, value } = KINDS[kind](reference, current)
  const cells = reference.counts.length
  const [n, m] = [reference.mass.rows, current.mass.rows]
  const pooled = shares[0].map((share, cell) => (n * share + m * shares[1][cell]!) / (n + m))
  const at = Array.from({ length: cells }, (_, cell) => derivatives(shares[0][cell]!, shares[1][cell]!))
  let [bias, nullBias, nullVariance, slopeVariance] = [0, 0, 0, 0]
  for (let i = 0; i < cells; i++) {
    const one = at[i]!
    const [ownA, ownB] = [
      damped[0] * reference.covariance[i * cells + i]!,
      damped[1] * current.covariance[i * cells + i]!,
    ]
    bias += (one.byAA * ownA + one.byBB * ownB) / 2
    if (pooled[i] === 0) continue
    for (let j = 0; j < cells; j++) {
      if (pooled[j] === 0) continue
      const ofA = damped[0] * reference.covariance[i * cells + j]!
      const ofB = damped[1] * current.covariance[i * cells + j]!
      if (i === j) nullBias += (curvature * (ofA + ofB)) / pooled[i]! / 2
      nullVariance += (curvature * (ofA + ofB)) ** 2 / (pooled[i]! * pooled[j]!) / 2
      slopeVariance += one.byA * at[j]!.byA * ofA + one.byB * at[j]!.byB * ofB
    }
  }
  return { value, bias, nullBias, nullVariance, slopeVariance: Math.max(0, slopeVariance) }
}

interface Terms {
  readonly value: number
  readonly shares: readonly [Float64Array, Float64Array]
  /** Second derivative by the difference of equal shares, times the share. */
  readonly curvature: number
  /** What is left of each sample's variances in these shares. */
  readonly damped: readonly [number, number]
  derivatives(a: number, b: number): Derivatives
}

const NONE = { byA: 0, byB: 0, byAA: 0, byBB: 0 }
/** Of logarithms to base 2, halved. */
const HALF_BIT = 1 / (2 * Math.LN2)

const KINDS: Record<Kind, (reference: CellShares, current: CellShares) => Terms> = {
  psi: ({ counts }, { counts: others }) => ({
    value: populationStability(counts, others),
    shares: [smoothedShares(counts), smoothedShares(others)],
    curvature: 2,
    damped: [dampedBySmoothing(counts), dampedBySmoothing(others)],
    derivatives: (a, b) => ({
      byA: Math.log(a / b) + 1 - b / a,
      byB: Math.log(b / a) + 1 - a / b,
      byAA: 1 / a + b / a ** 2,
      byBB: 1 / b + a / b ** 2,
    }),
  }),
  js: ({ counts }, { counts: others }) => ({
    value: jensenShannonDistance(counts, others) ** 2,
    shares: [sharesOf(counts), sharesOf(others)],
    curvature: HALF_BIT / 2,
    damped: [1, 1],
    derivatives(a, b) {
      if (a + b === 0) return NONE
      const middle = (a + b) / 2
      return {
        // Of an empty cell the first derivative is infinite, and its variance 0.
        byA: a === 0 ? 0 : HALF_BIT * Math.log(a / middle),
        byB: b === 0 ? 0 : HALF_BIT * Math.log(b / middle),
        byAA: a === 0 ? 0 : (HALF_BIT * b) / (a * (a + b)),
        byBB: b === 0 ? 0 : (HALF_BIT * a) / (b * (a + b)),
      }
    },
  }),
  cramers_v: ({ counts, mass }, { counts: others, mass: otherMass }) => {
    const part = mass.rows / (mass.rows + otherMass.rows)
    const both = part * (1 - part)
    return {
      value: chiSquareOfTable(counts, others).cramersV ** 2,
      shares: [sharesOf(counts), sharesOf(others)],
      curvature: 2 * both,
      damped: [1, 1],
      derivatives(a, b) {
        const pooled = part * a + (1 - part) * b
        if (pooled === 0) return NONE
        const gap = (a - b) / pooled
        return {
          byA: both * gap * (2 - part * gap),
          byB: -both * gap * (2 + (1 - part) * gap),
          byAA: (2 * both * b ** 2) / pooled ** 3,
          byBB: (2 * both * a ** 2) / pooled ** 3,
        }
      },
    }
  },
}

/** Half a row in each cell draws all shares together. */
function dampedBySmoothing(counts: Float64Array): number {
  const rows = counts.reduce((sum, count) => sum + count, 0)
  return (rows / (rows + counts.length / 2)) ** 2
}

function sharesOf(counts: Float64Array): Float64Array {
  const total = counts.reduce((sum, count) => sum + count, 0)
  return counts.map((count) => count / total)
}
