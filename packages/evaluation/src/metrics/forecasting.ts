import type { Asked } from './asked.js'
import { type Influenced, influenceMetric, meanInfluence, transformed } from './influence.js'
import type { Metric, View } from './metric.js'
import { pointOf } from './regression.js'

const COMMON = {
  better: 'lower',
  tasks: ['forecasting'],
  needs: 'number',
  scale: 'identity',
  method: 'Student t',
  reference: 't',
} as const

/** Pinball loss of one row: α(y − q) above the quantile, (1 − α)(q − y) below (Koenker & Bassett 1978). */
function pinball(target: number, quantile: number, level: number): number {
  return target >= quantile ? level * (target - quantile) : (1 - level) * (quantile - target)
}

/** Mean over rows and over the levels; twice it over many levels comes to the CRPS. */
function meanPinball(view: View, only?: number): Influenced {
  const { targets, scores, quantiles = [], rows } = view
  const levels = quantiles.map((level, i) => [level, scores[i]!] as const)
  const wanted = only === undefined ? levels : levels.filter(([level]) => level === only)
  if (wanted.length === 0)
    return { state: 'undefined', because: `there is no column of the quantile ${only ?? 'of any level'}` }
  const losses = new Float64Array(rows)
  for (const [level, column] of wanted)
    for (let i = 0; i < rows; i++) losses[i]! += pinball(targets![i]!, column[i]!, level) / wanted.length
  return meanInfluence(losses, view)
}

/** Ends of the widest interval that the quantiles span. */
function ends({ scores, quantiles = [] }: View): readonly [Float64Array, Float64Array] | undefined {
  return quantiles.length < 2 ? undefined : [scores[0]!, scores[quantiles.length - 1]!]
}

function ofInterval(view: View, value: (target: number, low: number, high: number) => number): Influenced {
  const found = ends(view)
  if (found === undefined)
    return { state: 'undefined', because: 'an interval needs columns of two quantiles' }
  const [low, high] = found
  return meanInfluence(
    view.targets!.map((target, i) => value(target, low[i]!, high[i]!)),
    view,
  )
}

/**
 * Mean absolute scaled error (Hyndman & Koehler 2006): mean of |y − ŷ| over the scale that stands in a column, the mean
 * absolute error of the naive forecast on the training part of the series. Undefined where a scale is not above 0.
 */
export function maseMetric({ column = '' }: Asked): Metric {
  return influenceMetric({
    ...COMMON,
    name: `mase(${column})`,
    label: 'mean absolute scaled error',
    tasks: ['regression', 'forecasting'],
    column,
    influence(view) {
      const point = pointOf(view)
      if (typeof point === 'string') return { state: 'undefined', because: point }
      const scale = view.columns?.get(column)
      if (scale === undefined) return { state: 'undefined', because: `there is no column ${column}` }
      if (!scale.every((one) => one > 0))
        return { state: 'undefined', because: `MASE divides by ${column}, and a row has none above 0` }
      return meanInfluence(
        view.targets!.map((target, i) => Math.abs(target - point[i]!) / scale[i]!),
        view,
      )
    },
  })
}

export function pinballMetric(level: number): Metric {
  return influenceMetric({
    ...COMMON,
    name: `pinball@${level}`,
    label: `pinball loss at ${level}`,
    influence: (view) => meanPinball(view, level),
  })
}

export const FORECASTING_METRICS = {
  pinball: influenceMetric({
    ...COMMON,
    name: 'pinball',
    label: 'mean pinball loss',
    influence: (view) => meanPinball(view),
  }),
  /** Twice the mean pinball loss: the continuous ranked probability score by a grid of quantiles (Laio & Tamea 2007). */
  crps: influenceMetric({
    ...COMMON,
    name: 'crps',
    label: 'ranked probability score',
    influence: (view) =>
      transformed(
        meanPinball(view),
        (loss) => 2 * loss,
        () => 2,
      ),
  }),
  /** Share of rows within the outermost quantiles, which is to be near the share that these promise. */
  coverage: influenceMetric({
    ...COMMON,
    name: 'coverage',
    label: 'coverage',
    better: 'higher',
    scale: 'logit',
    boundsOnly: 'it is best at what the quantiles promise, and neither higher nor lower is better',
    influence: (view) => ofInterval(view, (target, low, high) => (low <= target && target <= high ? 1 : 0)),
  }),
  interval_width: influenceMetric({
    ...COMMON,
    name: 'interval_width',
    label: 'width of the interval',
    influence: (view) => ofInterval(view, (_, low, high) => high - low),
  }),
}
