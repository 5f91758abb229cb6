/** One raw value of one series, before anyone asked what it means. */
export interface Sample {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
  /** When it was taken, seconds since 1970. */
  readonly at: number
  /** The process that exposes it: an address, or job and instance. A restart of it resets its counters. */
  readonly target: string
}

/** A series' identity within its target: name and sorted labels. */
export function seriesKey(sample: Pick<Sample, 'name' | 'labels'>): string {
  const labels = Object.entries(sample.labels).sort(([a], [b]) => (a < b ? -1 : 1))
  return JSON.stringify([sample.name, labels])
}
