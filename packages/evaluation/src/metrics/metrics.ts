import { kappaMetric, mccMetric } from './agreement.js'
import { eceMetric } from './calibration.js'
import { accuracyMetric, f1Metric, precisionMetric, recallMetric, specificityMetric } from './decisions.js'
import { FORECASTING_METRICS } from './forecasting.js'
import { brierMetric, logLossMetric } from './losses.js'
import type { Metric } from './metric.js'
import {
  balancedAccuracyMetric,
  macroF1Metric,
  macroPrecisionMetric,
  macroRecallMetric,
  ovrAucMetric,
  weightedF1Metric,
  weightedOvrAucMetric,
} from './multiclass.js'
import { MULTILABEL_METRICS } from './multilabel.js'
import { QUERY_METRICS } from './queries.js'
import { aucMetric, averagePrecisionMetric } from './ranking.js'
import { RECALIBRATION_METRICS } from './recalibration.js'
import { REGRESSION_METRICS } from './regression.js'

/** Metrics that their name alone says; those with a number, a column or groups are made by `metricOf`. */
const ALL = {
  auc: aucMetric,
  average_precision: averagePrecisionMetric,
  log_loss: logLossMetric,
  brier: brierMetric,
  accuracy: accuracyMetric,
  balanced_accuracy: balancedAccuracyMetric,
  precision: precisionMetric,
  recall: recallMetric,
  specificity: specificityMetric,
  f1: f1Metric,
  mcc: mccMetric,
  kappa: kappaMetric,
  ece: eceMetric,
  ...RECALIBRATION_METRICS,
  macro_f1: macroF1Metric,
  macro_precision: macroPrecisionMetric,
  macro_recall: macroRecallMetric,
  weighted_f1: weightedF1Metric,
  ovr_auc: ovrAucMetric,
  weighted_ovr_auc: weightedOvrAucMetric,
  ...MULTILABEL_METRICS,
  ...REGRESSION_METRICS,
  ...FORECASTING_METRICS,
  ...QUERY_METRICS,
}

export type MetricName = keyof typeof ALL
export const METRICS: Readonly<Record<MetricName, Metric>> = ALL
export const METRIC_NAMES = Object.keys(ALL) as MetricName[]
