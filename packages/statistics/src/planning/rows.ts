import { normalCdf, normalQuantile } from '../distributions/normal.js'

/** What a study is to show, and how surely. */
export interface Planned {
  /** Variance of what one row adds: n times the squared standard error. */
  readonly variance: number
  /** Probability of showing what is not so. */
  readonly alpha: number
  /** Sides that `alpha` is spread over: 1 for "not worse by more than", 2 for "different". Default 1. */
  readonly sides?: 1 | 2
  /** Probability of showing what is so. Default 0.8. */
  readonly power?: number
}

/**
 * Rows at which an effect δ is shown: n = (z_α + z_β)² σ² / δ², rounded up (Miller 2024, arXiv 2411.00640, eq. 9).
 * @param effect distance of the truth from what it is held against; not 0
 */
export function rowsFor(effect: number, planned: Planned): number {
  return Math.ceil(planned.variance * (quantiles(planned) / effect) ** 2)
}

/** The effect that so many rows show: (z_α + z_β) σ / √n. */
export function detectableEffect(rows: number, planned: Planned): number {
  return quantiles(planned) * Math.sqrt(planned.variance / rows)
}

/** Probability that so many rows show the effect: Φ(δ√n/σ − z_α). */
export function powerOf(effect: number, rows: number, { variance, alpha, sides = 1 }: Planned): number {
  if (variance === 0) return effect > 0 ? 1 : 0
  return normalCdf(effect * Math.sqrt(rows / variance) + normalQuantile(alpha / sides))
}

function quantiles({ alpha, sides = 1, power = 0.8 }: Planned): number {
  return -normalQuantile(alpha / sides) + normalQuantile(power)
}

/** Variances of a score in an evaluation of several answers an item. */
export interface NestedVariance {
  /** Of the items' own differences between the models (ω²). */
  readonly between: number
  /** Of an item's answers around its mean, for each model (σ²). */
  readonly within: readonly [number, number]
  /** Answers an item, for each model (K). */
  readonly repeats: readonly [number, number]
}

/** ω² + σ²_A/K_A + σ²_B/K_B: more answers an item lessen the noise of its answers, never that of the items. */
export function nestedVariance({ between, within, repeats }: NestedVariance): number {
  return between + within[0] / repeats[0] + within[1] / repeats[1]
}

/**
 * Variance per row of an AUC (Hanley & McNeil 1982, for negative exponential scores), many rows.
 * @param prevalence share of positive rows, in (0, 1)
 */
export function aucVariance(auc: number, prevalence: number): number {
  const positives = auc / (2 - auc) - auc * auc
  const negatives = (2 * auc * auc) / (1 + auc) - auc * auc
  return positives / (1 - prevalence) + negatives / prevalence
}
