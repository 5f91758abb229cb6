import type { Metric, View } from './metric.js'

/** How much each row counts against a model, in units of the metric. */
export type RowLosses =
  | { readonly state: 'known'; readonly losses: Float64Array }
  | { readonly state: 'undefined'; readonly because: string }

/**
 * Loss of each row against the average row: −nψᵢ in the direction that is good, of the candidate alone or of its
 * difference from the champion, −n(ψᵢ − ψᵢ′). Of a mean it is the row's own value against the mean; of an AUC, F1 or
 * average precision the first order of what the row takes away.
 * @param good which side of a threshold is good
 * @param champion undefined for the candidate's own loss
 */
export function rowLosses(
  metric: Metric,
  good: 'above' | 'below',
  candidate: View,
  champion: View | undefined,
): RowLosses {
  if (metric.influence === undefined) {
    return { state: 'undefined', because: `${metric.name} does not say how much a row counts` }
  }
  const ours = metric.influence(candidate)
  if (ours.state === 'undefined') return ours
  const theirs = champion === undefined ? undefined : metric.influence(champion)
  if (theirs?.state === 'undefined') return theirs
  const losses = ours.psi
  const against = theirs?.psi
  const scale = good === 'above' ? -losses.length : losses.length
  for (let i = 0; i < losses.length; i++) losses[i] = scale * (losses[i]! - (against?.[i] ?? 0))
  if (!losses.every(Number.isFinite)) return { state: 'undefined', because: 'a loss of a row is no number' }
  return { state: 'known', losses }
}
