import { influenceMetric, meanInfluence } from './influence.js'
import type { View } from './metric.js'

/** Probabilities are kept this far from 0 and 1 (the spacing of doubles at 1, as scikit-learn since 1.2). */
export const LOG_LOSS_EPSILON = Number.EPSILON

/** −ln of the probability given to the true class, a row. */
function logLosses({ labels, scores, classes }: View): Float64Array {
  const binary = classes.length === 2 && scores.length === 1
  const losses = new Float64Array(labels.length)
  for (let i = 0; i < losses.length; i++) {
    const label = labels[i]!
    const own = binary ? scores[0]![i]! : scores[label]![i]!
    const clipped = Math.min(1 - LOG_LOSS_EPSILON, Math.max(LOG_LOSS_EPSILON, own))
    losses[i] = -Math.log(binary && label === 0 ? 1 - clipped : clipped)
  }
  return losses
}

/** (p − y)² a row; of several classes the sum over them. */
function squaredErrors({ labels, scores, classes }: View): Float64Array {
  const errors = new Float64Array(labels.length)
  const binary = classes.length === 2 && scores.length === 1
  for (const [c, column] of scores.entries())
    for (let i = 0; i < errors.length; i++)
      errors[i]! += (column[i]! - (binary ? labels[i]! : labels[i] === c ? 1 : 0)) ** 2
  return errors
}

export const logLossMetric = influenceMetric({
  name: 'log_loss',
  label: 'log loss',
  better: 'lower',
  tasks: ['binary', 'multiclass'],
  needs: 'probability',
  scale: 'identity',
  method: 'Student t',
  reference: 't',
  influence: (view) => meanInfluence(logLosses(view), view),
})

/**
 * Brier score (Brier 1950): mean of (p − y)² for a binary task; of several classes the sum over them, as
 * scikit-learn's `brier_score_loss` without `scale_by_half`: the binary form is half of what two classes give.
 */
export const brierMetric = influenceMetric({
  name: 'brier',
  label: 'Brier score',
  better: 'lower',
  tasks: ['binary', 'multiclass'],
  needs: 'probability',
  scale: 'identity',
  method: 'Student t',
  reference: 't',
  influence: (view) => meanInfluence(squaredErrors(view), view),
})
