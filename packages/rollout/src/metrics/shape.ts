import { type Sample, seriesKey } from './sample.js'

/** Which series count what. All series that match are summed, on purpose: pods, routes and codes add up. */
export interface MetricShape {
  /** A counter of answered requests with a label for the outcome: `http_requests_total`. */
  readonly requests: string
  /** That label, and the values that mean an error; a trailing `*` stands for any rest. */
  readonly errorLabel: string
  readonly errorValues: readonly string[]
  /** Labels that a series must have, on top of what selects the arm. */
  readonly labels: Readonly<Record<string, string>>
  /** A histogram's base name and the bucket edges, in the histogram's unit, at which latency is compared. */
  readonly latency?: { readonly histogram: string; readonly edges: readonly number[] }
  /** A gauge with the start of the process: tells a restart, and a new process from a newly seen one. */
  readonly startTime: string
}

/** What a counter counts: requests that went well, that failed, that were timed, that stayed within edge `i`. */
export type Role = 'ok' | 'error' | 'timed' | number

export interface Counter {
  readonly target: string
  readonly series: string
  readonly role: Role
  readonly value: number
  readonly at: number
}

/** One arm at one moment. */
export interface ArmReading {
  readonly counters: readonly Counter[]
  /** Targets that answered, with the start of their process where they tell it (seconds since 1970). */
  readonly targets: ReadonlyMap<string, number | undefined>
  /** Series with a value that counts nothing: NaN, infinite or negative. */
  readonly invalid: number
  /** Configured edges that a histogram lacks, and the edges that it has. */
  readonly missingEdges: readonly number[]
  readonly knownEdges: readonly number[]
}

/** The names of all series that a shape reads. */
export function wantedNames(shape: MetricShape): string[] {
  const latency = shape.latency
    ? [`${shape.latency.histogram}_bucket`, `${shape.latency.histogram}_count`]
    : []
  return [shape.requests, ...latency, shape.startTime, 'up']
}

/** Sorts an arm's samples into counters. Pure. */
export function classify(
  samples: readonly Sample[],
  shape: MetricShape,
  answered: readonly string[] = [],
): ArmReading {
  const counters: Counter[] = []
  const targets = new Map<string, number | undefined>(answered.map((target) => [target, undefined]))
  const edges = new Set<number>()
  let invalid = 0
  for (const sample of samples) {
    const { name, target, value, at } = sample
    if (name === shape.startTime) {
      targets.set(target, Number.isFinite(value) ? value : undefined)
      continue
    }
    if (!targets.has(target)) targets.set(target, undefined)
    const role = roleOf(sample, shape, edges)
    if (role === undefined) continue
    if (Number.isFinite(value) && value >= 0) {
      counters.push({ target, series: seriesKey(sample), role, value, at })
    } else invalid++
  }
  const wanted = edges.size === 0 ? [] : (shape.latency?.edges ?? [])
  return {
    counters,
    targets,
    invalid,
    missingEdges: wanted.filter((edge) => !edges.has(edge)),
    knownEdges: [...edges].sort((a, b) => a - b),
  }
}

function roleOf(sample: Sample, shape: MetricShape, edges: Set<number>): Role | undefined {
  for (const [name, value] of Object.entries(shape.labels)) {
    if (sample.labels[name] !== value) return undefined
  }
  if (sample.name === shape.requests) return isError(sample, shape) ? 'error' : 'ok'
  if (shape.latency === undefined) return undefined
  if (sample.name === `${shape.latency.histogram}_count`) return 'timed'
  if (sample.name !== `${shape.latency.histogram}_bucket`) return undefined
  const edge = Number(sample.labels['le'])
  if (Number.isFinite(edge)) edges.add(edge)
  const index = shape.latency.edges.indexOf(edge)
  return index === -1 ? undefined : index
}

function isError(sample: Sample, shape: MetricShape): boolean {
  const value = sample.labels[shape.errorLabel] ?? ''
  return shape.errorValues.some((pattern) =>
    pattern.endsWith('*') ? value.startsWith(pattern.slice(0, -1)) : value === pattern,
  )
}
