import { TASKS } from '../tasks/task.js'
import { type Metric, undefinedBecause } from './metric.js'
import { METRICS, type MetricName } from './metrics.js'

/** What a rule says of the metric it is about. */
export interface Asked {
  readonly metric: string
  readonly column?: string | undefined
  readonly groups?: string | undefined
  readonly better?: 'higher' | 'lower' | undefined
}

/** Metrics with a number in their name. */
interface Family {
  /** The name with its number, as a reader writes it. */
  readonly example: string
  readonly pattern: RegExp
  make(match: RegExpExecArray, asked: Asked): Metric
}

const FAMILIES: readonly Family[] = []

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
