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
  /**
   * The same variance where the truth is what is to be excluded, for a test that takes its error from there, as a
   * score test does; of the effect's size. Default `variance`.
   */
  readonly nullVariance?: (effect: number) => number
}

/**
 * Rows at which an effect δ is shown: n = (z_α σ₀ + z_β σ)² / δ², rounded up; with σ₀ = σ that of Miller (2024,
 * arXiv 2411.00640, eq. 9).
 * @param effect distance of the truth from what it is held against; not 0
 */
export function rowsFor(effect: number, planned: Planned): number {
  return Math.ceil((reach(effect, planned) / effect) ** 2)
}

/** The effect that so many rows show: (z_α σ₀ + z_β σ) / √n. */
export function detectableEffect(rows: number, planned: Planned): number {
  let effect = reach(0, planned) / Math.sqrt(rows)
  // σ₀ grows with the effect, and far slower: a few steps settle it.
  for (let step = 0; planned.nullVariance !== undefined && step < 100; step++) {
    const next = reach(effect, planned) / Math.sqrt(rows)
    if (Math.abs(next - effect) <= 1e-14 * next) return next
    effect = next
  }
  return effect
}

/** Probability that so many rows show the effect: Φ((δ√n − z_α σ₀)/σ). */
export function powerOf(effect: number, rows: number, planned: Planned): number {
  const { variance, alpha, sides = 1 } = planned
  if (variance === 0) return effect > 0 ? 1 : 0
  const distance = effect * Math.sqrt(rows) + normalQuantile(alpha / sides) * nullDeviation(effect, planned)
  return normalCdf(distance / Math.sqrt(variance))
}

/** z_α σ₀ + z_β σ, z_β > 0 for a power above one half. */
function reach(effect: number, planned: Planned): number {
  const { variance, alpha, sides = 1, power = 0.8 } = planned
  const wanted = -normalQuantile(alpha / sides) * nullDeviation(effect, planned)
  return wanted + normalQuantile(power) * Math.sqrt(variance)
}

function nullDeviation(effect: number, { variance, nullVariance }: Planned): number {
  return Math.sqrt(nullVariance === undefined ? variance : nullVariance(Math.abs(effect)))
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
