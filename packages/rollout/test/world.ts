import { SluiceError } from '@sluice/errors'
import {
  classify,
  type MetricShape,
  type Metrics,
  type Plan,
  planOf,
  rolloutSchema,
  type Sample,
  shareOf,
  type Traffic,
  type TrafficState,
  type Weights,
} from '@sluice/rollout'
import * as v from 'valibot'

export const SHAPE: MetricShape = {
  requests: 'http_requests_total',
  errorLabel: 'code',
  errorValues: ['5*'],
  labels: {},
  latency: { histogram: 'http_request_duration_seconds', edges: [0.1, 0.5] },
  startTime: 'process_start_time_seconds',
}

/** A plan of seconds, from the section as a user would write it. */
export function plan(over: Record<string, unknown> = {}): Plan {
  return planOf(
    v.parse(rolloutSchema, {
      steps: [
        { weight: 5, seconds: 300, minRequests: 100 },
        { weight: 25, seconds: 300, minRequests: 100 },
        { weight: 50, seconds: 300, minRequests: 100 },
      ],
      intervalSeconds: 60,
      ...over,
    }),
  )
}

/** mulberry32 */
export function seeded(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** Successes in `n` tries at probability `p`, one draw each. */
export function binomial(n: number, p: number, random: () => number): number {
  let hits = 0
  for (let i = 0; i < n; i++) if (random() < p) hits++
  return hits
}

export interface WorldOptions {
  readonly seed?: number
  /** Requests a second. */
  readonly rate?: number
  /** Probability of an error in each arm, by seconds since the start. */
  readonly errors?: {
    readonly stable: (second: number) => number
    readonly canary: (second: number) => number
  }
  /** Probability of a request slower than 0.1 s in each arm. */
  readonly slow?: { readonly stable: number; readonly canary: number }
  /** The share that really flows to the canary, when the balancer lies. */
  readonly leak?: (share: number) => number
  readonly initial?: Weights
}

/** A balancer, two services and a clock in memory. Time passes only by sleeping, and requests pass with it. */
export class World {
  readonly written: Weights[] = []
  readonly log: string[] = []
  state: TrafficState
  /** Called before every exchange with the balancer or the metrics; throwing makes it fail. */
  before: (what: 'read' | 'write' | 'metrics') => void = () => {}
  onSleep: (second: number) => void = () => {}
  #now = Date.parse('2026-03-03T12:00:00Z')
  readonly #start = this.#now
  readonly #random: () => number
  readonly counts = { stable: { ...fresh(), ok: 1 }, canary: fresh() }

  constructor(readonly options: WorldOptions = {}) {
    this.#random = seeded(options.seed ?? 1)
    const { stable, canary } = options.initial ?? { stable: 100, canary: 0 }
    this.state = {
      stable: { weight: stable, condition: 'ready' },
      canary: { weight: canary, condition: 'ready' },
      others: [],
    }
  }

  get second(): number {
    return (this.#now - this.#start) / 1000
  }

  readonly clock = {
    now: () => new Date(this.#now),
    sleep: async (milliseconds: number, signal?: AbortSignal) => {
      signal?.throwIfAborted()
      this.#now += milliseconds
      this.#serve(milliseconds / 1000)
      this.onSleep(this.second)
      signal?.throwIfAborted()
    },
  }

  readonly traffic: Traffic = {
    name: 'balancer in memory',
    read: async () => {
      this.before('read')
      return this.state
    },
    write: async (weights) => {
      this.before('write')
      this.written.push(weights)
      this.set(weights)
    },
  }

  readonly metrics: Metrics = {
    name: 'counters in memory',
    read: async () => {
      this.before('metrics')
      return { stable: this.#reading('stable'), canary: this.#reading('canary') }
    },
  }

  set(weights: Weights): void {
    this.state = {
      ...this.state,
      stable: { ...this.state.stable, weight: weights.stable },
      canary: { ...this.state.canary, weight: weights.canary },
    }
  }

  #serve(seconds: number): void {
    const { rate = 50, errors, slow, leak = (share) => share } = this.options
    const share = leak(shareOf({ stable: this.state.stable.weight, canary: this.state.canary.weight }))
    const requests = Math.round(rate * seconds)
    const canary = binomial(requests, share, this.#random)
    for (const [arm, n] of [
      ['canary', canary],
      ['stable', requests - canary],
    ] as const) {
      const count = this.counts[arm]
      const failed = binomial(n, errors?.[arm](this.second) ?? 0.005, this.#random)
      count.error += failed
      count.ok += n - failed
      count.slow += binomial(n, slow?.[arm] ?? 0.05, this.#random)
    }
  }

  #reading(arm: 'stable' | 'canary') {
    const { ok, error, slow } = this.counts[arm]
    const sample = (name: string, value: number, labels: Record<string, string> = {}): Sample => ({
      name,
      labels,
      value,
      at: this.#now / 1000,
      target: arm,
    })
    const timed = ok + error
    // As a client library does it: a series is there once it has counted something.
    const samples = [
      ...(ok > 0 ? [sample(SHAPE.requests, ok, { code: '200' })] : []),
      ...(error > 0 ? [sample(SHAPE.requests, error, { code: '500' })] : []),
      sample('http_request_duration_seconds_bucket', timed - slow, { le: '0.1' }),
      sample('http_request_duration_seconds_bucket', timed, { le: '0.5' }),
      sample('http_request_duration_seconds_count', timed),
      sample('process_start_time_seconds', 1),
    ]
    return classify(samples, SHAPE, [arm])
  }
}

function fresh() {
  return { ok: 0, error: 0, slow: 0 }
}

export function unreachable(): never {
  throw new SluiceError('TRAFFIC_UNREACHABLE', 'The socket is gone.', { remedy: '', kind: 'surroundings' })
}

export function stalled(): never {
  throw new SluiceError('METRICS_TIMEOUT', 'No answer in time.', { remedy: '', kind: 'surroundings' })
}
