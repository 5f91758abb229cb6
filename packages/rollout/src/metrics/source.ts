import type { ArmReading } from './shape.js'

/** Raw counters of both arms, read as nearly together as the source allows. */
export interface Reading {
  readonly stable: ArmReading
  readonly canary: ArmReading
}

/** One metric source. */
export interface Metrics {
  /** For people: `prometheus at http://127.0.0.1:9090`. */
  readonly name: string
  /** @throws SluiceError METRICS_… when either arm could not be read whole: a partial reading is none */
  read(signal?: AbortSignal): Promise<Reading>
}

/** `fetch` as the sources need it; retries and credentials are its owner's business. */
export type MetricsFetch = (url: string, init?: RequestInit) => Promise<Response>
