export { type Analysis, type AnalysisOptions, analyse, oddsRatioBound } from './analysis/analysis.js'
export { type EvidenceLook, evidenceOverTime } from './analysis/evidence-over-time.js'
export { type LatencyResult, latencyTest } from './analysis/latency.js'
export { type SplitResult, splitOf } from './analysis/split.js'
export { type Stratum, type Totals, totalsOf } from './analysis/stratum.js'
export { type RolloutClock, type RolloutOptions, runRollout } from './controller.js'
export { type ArmCounts, advanceBook, type CounterBook, openBook } from './metrics/counters.js'
export { type EndpointsOptions, endpointMetrics } from './metrics/endpoints.js'
export { parseExposition } from './metrics/exposition.js'
export { type PrometheusOptions, prometheusMetrics } from './metrics/prometheus.js'
export type { Sample } from './metrics/sample.js'
export { type ArmReading, type Counter, classify, type MetricShape, type Role } from './metrics/shape.js'
export type { Metrics, MetricsFetch, Reading } from './metrics/source.js'
export { type Entry, type Outcome, type RolloutOutcome, verdictOfOutcome } from './outcome.js'
export { FULL, type Plan, planOf, type Step } from './plan/plan.js'
export { type Cause, type Decision, type Event, initialState, reduce, type State } from './plan/reducer.js'
export { checkCounted, checkStart } from './preflight.js'
export { type RecordFrame, ROLLOUT_TYPE, rolloutDetails, rolloutStatement, servingAfter } from './record.js'
export { type Restored, restore } from './restore.js'
export { type RolloutSection, rolloutSchema, rolloutSection } from './section.js'
export { type HaproxyOptions, haproxyTraffic } from './traffic/haproxy.js'
export { shift, unmet } from './traffic/shift.js'
export {
  ARMS,
  type Arm,
  type Condition,
  type ServerState,
  shareOf,
  type Traffic,
  type TrafficState,
  type Weights,
} from './traffic/traffic.js'
export { MAX_WEIGHT, weightsFor } from './traffic/weights.js'
