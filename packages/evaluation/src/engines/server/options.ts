/** `fetch`, as the caller hands it in (docs/decisions/0005). */
export type EngineFetch = (url: string | URL, init?: RequestInit) => Promise<Response>

/** How far one statement may go. */
export interface EngineLimits {
  /** Milliseconds from a statement to the last row of its answer. */
  readonly time: number
  /** Bytes of all parts of an answer together, unpacked. */
  readonly answer: number
  readonly rows: number
}

export const ENGINE_LIMITS: EngineLimits = {
  time: 30 * 60_000,
  answer: 512 * 1024 * 1024,
  rows: 10_000_000,
}

/** Where a server engine is, who asks, and what of the surroundings it may use. */
export interface ServerOptions {
  /** `https://host[:port]/…`, as docs/engines.md says for each engine; http only on loopback. */
  readonly url: string
  readonly user?: string | undefined
  /** The password of `user`; without a user, a bearer token. */
  readonly password?: string | undefined
  readonly fetch: EngineFetch
  /** Resolves after milliseconds; rejects when the signal aborts. */
  readonly sleep: (milliseconds: number, signal?: AbortSignal) => Promise<void>
  /** Ends whatever runs. */
  readonly signal?: AbortSignal | undefined
  readonly limits?: Partial<EngineLimits> | undefined
}
