export { type DriftOutcome, driftFindings, driftText, judgeDrift } from './drift/judge.js'
export type { SqlBatch, SqlColumn, SqlEngine, SqlTable, SqlValue } from './engines/engine.js'
export { openServer, SERVER_NAMES, type ServerName } from './engines/open.js'
export type { ServerOptions } from './engines/server/options.js'
export { type EngineEvidence, type Examination, examineSummaries } from './examination.js'
export { examineRows, examineRowsAgainst } from './examine-rows.js'
export { checkFindings } from './harness/check-findings.js'
export type { HarnessCheck, HarnessMetric, HarnessResult } from './harness/harness.js'
export { HARNESS_BYTES, readHarness } from './harness/read.js'
export { type Asked, isKnown, knownMetrics, metricOf } from './metrics/asked.js'
export type { Grouping, Measured, Metric, Repeats, View } from './metrics/metric.js'
export { METRIC_NAMES, METRICS, type MetricName } from './metrics/metrics.js'
export {
  ASSUMPTIONS,
  type Assumption,
  type Assumptions,
  readAssumptions,
} from './planner/assumptions.js'
export {
  PLAN_POWER,
  type Plan,
  type Planning,
  planAssumed,
  planLevel,
  plannedWith,
  planRows,
  planTable,
} from './planner/plan.js'
export { type Joined, joinPredictions, type Predictions } from './predictions/predictions.js'
export type { NamedColumn, Roles } from './predictions/roles.js'
export { distinctColumns, type Wanted, wantedColumns } from './predictions/wanted.js'
export { loadPushdown } from './pushdown/load.js'
export type { SqlTables } from './pushdown/relation.js'
export { evalResultsYaml, publishedRules } from './report/eval-results.js'
export { forests } from './report/forest.js'
export { amount, level, signed } from './report/numbers.js'
export {
  EVALUATION_TYPE,
  type EvaluatedInput,
  evaluationPredicate,
  evaluationStatement,
} from './report/predicate.js'
export { rulesTable, slicesTables } from './report/sections.js'
export type { Case, Shown } from './rules/case.js'
export { estimateText, ruleFindings } from './rules/findings.js'
export { judge, type RuleOutcome } from './rules/judge.js'
export { whereText } from './rules/part.js'
export { type EvaluationPolicy, evaluationSection, type Rule } from './rules/section.js'
export { joinSamples, type NamedSamples } from './samples/join.js'
export { openSamples } from './samples/read.js'
export type { SampleFile } from './samples/sample.js'
export { type CheckedColumn, checkSchema, type SchemaReport } from './schema/check.js'
export { inferSchema } from './schema/infer.js'
export { type DataPolicy, dataSection } from './schema/section.js'
export { type AnySlice, type SliceSpec, sliceColumns, sliceSpec } from './slices/spec.js'
export { artifactFile } from './sources/artifact-file.js'
export { isLfsPointer } from './sources/lfs-pointer.js'
export {
  artifactCall,
  listedFile,
  type ModelVersion,
  mlflowCall,
  mlflowFault,
  modelVersion,
  runArtifacts,
  trackingServer,
} from './sources/mlflow.js'
export { type MlflowRunName, type ModelSource, parseModelSource } from './sources/model-source.js'
export { type PinnedSource, pinnedText } from './sources/pinned-source.js'
export { believedRuns, newestArtifact, type WorkflowRun } from './sources/workflow-artifact.js'
export { fileFormat } from './summary/file-format.js'
export { conditionFindings } from './summary/of-harness.js'
export { readSummary, readSummaryFile, type Summary } from './summary/summary.js'
export { comparesWithChampion } from './summary/summary-source.js'
export { columnNames } from './table/column-names.js'
export { LIMITS } from './table/limits.js'
export { parquetRows } from './table/parquet-rows.js'
export { type InputFormat, inputFormat, readTable } from './table/read.js'
export type { Column, ColumnKind, KeyColumn, Table, WantedColumn } from './table/table.js'
export { columnOf } from './table/table.js'
export { isClassification, TASKS, type Task } from './tasks/task.js'
