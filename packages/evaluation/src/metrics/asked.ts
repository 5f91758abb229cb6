import { TASKS } from '../tasks/task.js'
import { eceMetricOf } from './calibration.js'
import { meanMetric, passMetric, percentileMetric } from './columns.js'
import { fBetaMetric } from './decisions.js'
import { maseMetric, pinballMetric } from './forecasting.js'
import { GAP_NAMES, gapMetric } from './gaps.js'
import { type Metric, undefinedBecause } from './metric.js'
import { METRICS, type MetricName } from './metrics.js'
import { AT } from './queries.js'

/** What a rule says of the metric it is about. */
export interface Asked {
  readonly metric: string
  readonly column?: string | undefined
  readonly groups?: string | undefined
  readonly better?: 'higher' | 'lower' | undefined
  /** Rows that a group needs. */
  readonly minRows?: number | undefined
}

/** Metrics with a number in their name. */
interface Family {
  /** The name with its number, as a reader writes it. */
  readonly example: string
  readonly pattern: RegExp
  make(match: RegExpExecArray, asked: Asked): Metric
}

const FAMILIES: readonly Family[] = [
  {
    example: 'ece_width15_pos',
    pattern: /^ece_(width|mass)([1-9]\d{0,2})_(pos|top)$/,
    make: ([name, bins, count, of]) =>
      eceMetricOf({ bins: bins as 'width' | 'mass', count: Number(count), of: of as 'pos' | 'top' }, name),
  },
  ...Object.entries(AT).map(
    ([name, make]): Family => ({
      example: `${name}@10`,
      pattern: new RegExp(`^${name}@([1-9]\\d{0,3})$`),
      make: ([, k]) => make(Number(k)),
    }),
  ),
  { example: 'f2', pattern: /^f([1-9]|\d\.\d{0,2}[1-9])$/, make: ([, beta]) => fBetaMetric(Number(beta)) },
  {
    example: 'pinball@0.9',
    pattern: /^pinball@(0?\.\d{1,6})$/,
    make: ([, level]) => pinballMetric(Number(level)),
  },
  { example: 'mase', pattern: /^mase$/, make: (_, asked) => maseMetric(asked) },
  { example: 'mean', pattern: /^mean$/, make: (_, asked) => meanMetric(asked) },
  {
    example: 'p95',
    pattern: /^p([1-9]\d?(?:\.\d{1,3})?)$/,
    make: ([, percent], asked) => percentileMetric(Number(percent), asked),
  },
  {
    example: 'pass^4',
    pattern: /^pass([\^@])([1-9]\d{0,2})$/,
    make: ([, kind, k], asked) => passMetric(kind as '^' | '@', Number(k), asked),
  },
  ...GAP_NAMES.map(
    (name): Family => ({
      example: name,
      pattern: new RegExp(`^${name}$`),
      make: (_, asked) => gapMetric(name, asked),
    }),
  ),
]

/** Names to choose from, for messages and the schema. */
export function knownMetrics(): string[] {
  return [...Object.keys(METRICS), ...FAMILIES.map(({ example }) => example)]
}

/** The metric of a rule; one of a name that nobody knows is what a summary calls it, and rows do not have it. */
export function metricOf(asked: Asked): Metric {
  return knownMetric(asked) ?? foreignMetric(asked.metric, asked.better ?? 'higher')
}

export function isKnown(asked: Asked): boolean {
  return knownMetric(asked) !== undefined
}

function knownMetric(asked: Asked): Metric | undefined {
  if (Object.hasOwn(METRICS, asked.metric)) return METRICS[asked.metric as MetricName]
  for (const { pattern, make } of FAMILIES) {
    const match = pattern.exec(asked.metric)
    if (match !== null) return make(match, asked)
  }
  return undefined
}

/** What a tool that wrote a summary measured, by its own name. */
function foreignMetric(name: string, better: 'higher' | 'lower'): Metric {
  const unknown = () => undefinedBecause(`rows have no ${name}: it is no metric of this gate`)
  return {
    name,
    label: name,
    better,
    tasks: TASKS,
    needs: 'columns',
    measure: unknown,
    compare: unknown,
  }
}
