import { createHash } from 'node:crypto'

/** A number that a harness came to. */
export interface HarnessMetric {
  /** NaN where the file says so: then nothing passes. */
  readonly value: number
  readonly standardError?: number
  /** Of that error, where it is of so few replicates that they matter. */
  readonly degreesOfFreedom?: number
  /** Rows it is over. */
  readonly rows?: number
  /** Where the tool says which way is better. */
  readonly better?: 'higher' | 'lower'
}

/** Something that a tool checked by itself. */
export interface HarnessCheck {
  readonly name: string
  /** `errored` and `skipped` have decided nothing. */
  readonly state: 'passed' | 'failed' | 'errored' | 'skipped'
  readonly message: string
}

/** What a file of an evaluation tool says, in one form for all of them. */
export interface HarnessResult {
  readonly tool: string
  readonly version?: string
  /** By name, `<task>/<metric>` where the tool has tasks. */
  readonly metrics: ReadonlyMap<string, HarnessMetric>
  /** The champion's, in a file that compares both models. */
  readonly championMetrics?: ReadonlyMap<string, HarnessMetric>
  readonly checks: readonly HarnessCheck[]
  /** What candidate and champion must share to be compared: hashes of data and prompts, versions of tasks, seeds. */
  readonly conditions: ReadonlyMap<string, string>
  /** Why the result must not be trusted, each a sentence: a limit was used, a run was cancelled. */
  readonly refusals: readonly string[]
}

/** Reads the parsed content of one tool's files; undefined when it is another's. */
export interface HarnessReader {
  readonly tool: string
  read(value: unknown): HarnessResult | undefined
}

/** Metrics, checks and conditions beyond these are no evaluation of anything. */
export const HARNESS_LIMITS = { metrics: 100_000, checks: 1_000_000, depth: 64 } as const

/** What a text, or any JSON, is told from another by, where it is too long or too private to be shown. */
export function hashOf(value: unknown): string {
  return createHash('sha256')
    .update(typeof value === 'string' ? value : JSON.stringify(value ?? null))
    .digest('hex')
    .slice(0, 32)
}

export type Json = Readonly<Record<string, unknown>>

export function isJson(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export function jsonIn(value: unknown, key: string): Json {
  const found = isJson(value) && Object.hasOwn(value, key) ? value[key] : undefined
  return isJson(found) ? found : {}
}

export function listIn(value: unknown, key: string): readonly unknown[] {
  const found = isJson(value) && Object.hasOwn(value, key) ? value[key] : undefined
  return Array.isArray(found) ? found : []
}

/** A text, or a number as its text; undefined for anything else. */
export function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value === '' ? undefined : value
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined
}

/** A number that can be a standard error; texts such as `N/A` and 0 of a single row are none. */
export function errorOf(value: unknown): { readonly standardError?: number } {
  return typeof value === 'number' && Number.isFinite(value) && value > 0 ? { standardError: value } : {}
}
