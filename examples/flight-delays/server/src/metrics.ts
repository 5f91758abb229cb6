/** Upper bounds in seconds; fine below 10 ms, where this server lives. */
const BUCKETS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5]

/** Counts and latencies of predictions, written in Prometheus' text format 0.0.4. */
export class Metrics {
  readonly #version: string
  // Both codes are there from the start, so that a rate is defined before the first failure.
  readonly #requests = new Map<number, number>([
    [200, 0],
    [500, 0],
  ])
  readonly #buckets = BUCKETS.map(() => 0)
  #seconds = 0
  #count = 0

  constructor(version: string) {
    this.#version = escapeLabel(version)
  }

  observe(code: number, seconds: number): void {
    this.#requests.set(code, (this.#requests.get(code) ?? 0) + 1)
    this.#seconds += seconds
    this.#count += 1
    const bucket = BUCKETS.findIndex((bound) => seconds <= bound)
    if (bucket >= 0) this.#buckets[bucket]! += 1
  }

  text(): string {
    const version = `version="${this.#version}"`
    let below = 0
    return [
      '# HELP http_requests_total Answered predictions by status code.',
      '# TYPE http_requests_total counter',
      ...[...this.#requests].map(
        ([code, count]) => `http_requests_total{code="${code}",${version}} ${count}`,
      ),
      '# HELP http_request_duration_seconds Time from a prediction request to its answer.',
      '# TYPE http_request_duration_seconds histogram',
      ...BUCKETS.map((bound, i) => {
        below += this.#buckets[i]!
        return `http_request_duration_seconds_bucket{${version},le="${bound}"} ${below}`
      }),
      `http_request_duration_seconds_bucket{${version},le="+Inf"} ${this.#count}`,
      `http_request_duration_seconds_sum{${version}} ${this.#seconds}`,
      `http_request_duration_seconds_count{${version}} ${this.#count}`,
      '',
    ].join('\n')
  }
}

function escapeLabel(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
}
