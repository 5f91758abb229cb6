import { symmetricEstimate } from '../estimates/estimate.js'
import { type Influenced, influenceMetric, meanInfluence, ratioInfluence, transformed } from './influence.js'
import { type Metric, measured, rowsOf, undefinedBecause, type View } from './metric.js'
import { quantileMetric } from './quantile.js'

/** The point that is predicted: the score, or of a forecast of quantiles its median. */
export function pointOf({ scores, quantiles }: View): Float64Array | string {
  if (quantiles === undefined) return scores[0]!
  const median = quantiles.indexOf(0.5)
  return median === -1 ? 'the quantiles have no 0.5, which would be the point predicted' : scores[median]!
}

/** A value of each row from what is true and what was predicted, or why there is none. */
function each(view: View, value: (target: number, predicted: number) => number): Float64Array | string {
  const point = pointOf(view)
  return typeof point === 'string' ? point : view.targets!.map((target, i) => value(target, point[i]!))
}

function meanOf(view: View, value: (target: number, predicted: number) => number): Influenced {
  const values = each(view, value)
  if (typeof values === 'string') return { state: 'undefined', because: values }
  return meanInfluence(values, view)
}

function rooted(found: Influenced): Influenced {
  return transformed(found, Math.sqrt, (square) => (square === 0 ? 0 : 1 / (2 * Math.sqrt(square))))
}

/**
 * 1 − Σ(y − ŷ)²/Σ(y − ȳ)². Undefined where every target is the same, also on one row: scikit-learn's 1 or 0 there is a
 * convention and no measurement.
 */
function r2(view: View): Influenced {
  const squared = each(view, (target, predicted) => (target - predicted) ** 2)
  if (typeof squared === 'string') return { state: 'undefined', because: squared }
  const mean = meanInfluence(view.targets!, view)
  if (mean.state === 'undefined') return mean
  const around = view.targets!.map((target) => (target - mean.value) ** 2)
  const constant = view.targets!.every((target) => target === view.targets![0])
  if (constant) return { state: 'undefined', because: 'R² needs targets that differ' }
  const ratio = ratioInfluence(squared, around, 'R² needs targets that differ', view)
  return transformed(
    { ...ratio, ...(ratio.state === 'influenced' && { trials: rowsOf(view) }) },
    (x) => 1 - x,
    () => -1,
  )
}

/**
 * Mean of |y − ŷ|/|y|. Undefined where a target is 0: scikit-learn divides by the smallest double there and reports
 * 2251799813685248.
 */
function mape(view: View): Influenced {
  if (view.targets!.includes(0))
    return {
      state: 'undefined',
      because: 'MAPE divides by the target, and one is 0: use wape, smape or mase',
    }
  return meanOf(view, (target, predicted) => Math.abs((target - predicted) / target))
}

function wape(view: View): Influenced {
  const errors = each(view, (target, predicted) => Math.abs(target - predicted))
  if (typeof errors === 'string') return { state: 'undefined', because: errors }
  const sizes = view.targets!.map(Math.abs)
  const found = ratioInfluence(errors, sizes, 'WAPE needs a target that is not 0', view)
  return found.state === 'undefined' ? found : { ...found, trials: rowsOf(view) }
}

function rmsle(view: View): Influenced {
  const logs = each(view, (target, predicted) =>
    target > -1 && predicted > -1 ? (Math.log1p(target) - Math.log1p(predicted)) ** 2 : Number.NaN,
  )
  if (typeof logs === 'string') return { state: 'undefined', because: logs }
  if (logs.some(Number.isNaN))
    return { state: 'undefined', because: 'RMSLE needs targets and predictions above −1' }
  return rooted(meanInfluence(logs, view))
}

const COMMON = {
  better: 'lower',
  tasks: ['regression', 'forecasting'],
  needs: 'number',
  scale: 'identity',
  method: 'Student t',
  reference: 't',
} as const
const DELTA = { ...COMMON, method: 'delta method, Student t' } as const

/** The largest error among these rows. It says nothing of others, and so has no interval. */
const maxError: Metric = {
  name: 'max_error',
  label: 'largest error',
  better: 'lower',
  tasks: ['regression', 'forecasting'],
  needs: 'number',
  boundsOnly: 'the largest of some rows has no known error',
  measure(view) {
    const errors = each(view, (target, predicted) => Math.abs(target - predicted))
    if (typeof errors === 'string') return undefinedBecause(errors)
    if (errors.length === 0) return undefinedBecause('there is no row')
    return measured(
      symmetricEstimate(
        errors.reduce((a, b) => Math.max(a, b), 0),
        0,
        'largest of these rows',
      ),
    )
  },
  compare: () => undefinedBecause('the largest of some rows has no known error'),
}

export const REGRESSION_METRICS = {
  mae: influenceMetric({
    ...COMMON,
    name: 'mae',
    label: 'mean absolute error',
    influence: (view) => meanOf(view, (target, predicted) => Math.abs(target - predicted)),
  }),
  mse: influenceMetric({
    ...COMMON,
    name: 'mse',
    label: 'mean squared error',
    influence: (view) => meanOf(view, (target, predicted) => (target - predicted) ** 2),
  }),
  rmse: influenceMetric({
    ...DELTA,
    name: 'rmse',
    label: 'root mean squared error',
    influence: (view) => rooted(meanOf(view, (target, predicted) => (target - predicted) ** 2)),
  }),
  /** Mean of ŷ − y: positive when predictions are too high. */
  mean_error: influenceMetric({
    ...COMMON,
    name: 'mean_error',
    label: 'mean error',
    boundsOnly: 'it is best at 0, and neither higher nor lower is better',
    influence: (view) => meanOf(view, (target, predicted) => predicted - target),
  }),
  r2: influenceMetric({ ...DELTA, name: 'r2', label: 'R²', better: 'higher', influence: r2 }),
  mape: influenceMetric({
    ...COMMON,
    name: 'mape',
    label: 'mean absolute percentage error',
    influence: mape,
  }),
  wape: influenceMetric({
    ...DELTA,
    name: 'wape',
    label: 'weighted absolute percentage error',
    influence: wape,
  }),
  /** Mean of 2|y − ŷ|/(|y| + |ŷ|), in 0 to 2; 0 where both are 0. */
  smape: influenceMetric({
    ...COMMON,
    name: 'smape',
    label: 'symmetric absolute percentage error',
    influence: (view) =>
      meanOf(view, (target, predicted) =>
        target === predicted
          ? 0
          : (2 * Math.abs(target - predicted)) / (Math.abs(target) + Math.abs(predicted)),
      ),
  }),
  rmsle: influenceMetric({ ...DELTA, name: 'rmsle', label: 'root mean squared log error', influence: rmsle }),
  median_absolute_error: quantileMetric({
    name: 'median_absolute_error',
    label: 'median absolute error',
    better: 'lower',
    tasks: ['regression', 'forecasting'],
    needs: 'number',
    p: 0.5,
    values: (view) => each(view, (target, predicted) => Math.abs(target - predicted)),
  }),
  max_error: maxError,
}
