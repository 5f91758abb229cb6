import { eceMetric } from './calibration.js'
import { accuracyMetric, f1Metric, precisionMetric, recallMetric } from './decisions.js'
import { brierMetric, logLossMetric } from './losses.js'
import type { Metric } from './metric.js'
import { macroF1Metric, ovrAucMetric, weightedF1Metric } from './multiclass.js'
import { aucMetric, averagePrecisionMetric } from './ranking.js'

export const METRIC_NAMES = [
  'auc',
  'average_precision',
  'log_loss',
  'brier',
  'accuracy',
  'precision',
  'recall',
  'f1',
  'ece',
  'macro_f1',
  'weighted_f1',
  'ovr_auc',
] as const
export type MetricName = (typeof METRIC_NAMES)[number]

export const METRICS: Readonly<Record<MetricName, Metric>> = {
  auc: aucMetric,
  average_precision: averagePrecisionMetric,
  log_loss: logLossMetric,
  brier: brierMetric,
  accuracy: accuracyMetric,
  precision: precisionMetric,
  recall: recallMetric,
  f1: f1Metric,
  ece: eceMetric,
  macro_f1: macroF1Metric,
  weighted_f1: weightedF1Metric,
  ovr_auc: ovrAucMetric,
}
