import type {
  Conclusion,
  Contexts,
  Expressions,
  Home,
  JobResult,
  ResolvedAction,
  RunEvent,
  RunFacts,
  RunJob,
  Services,
  Value,
} from '../contract.js'
import type { Language } from '../expression/language.js'
import type { Groups } from './concurrency.js'
import type { Limiter } from './limiter.js'

/** What all jobs of a run share. */
export interface Shared {
  readonly language: Language
  /** Without `hashFiles`: what is evaluated before a job has a workspace. */
  readonly expressions: Expressions
  readonly facts: RunFacts
  /** The repository that is rehearsed. */
  readonly repository: Home
  /** The `github` context as the first job finds it. */
  readonly github: Readonly<Record<string, Value>>
  readonly vars: Readonly<Record<string, string>>
  readonly runJob: RunJob
  readonly services: RunServices
  readonly resolveAction: (uses: string, home: Home) => Promise<ResolvedAction | undefined>
  readonly groups: Groups
  /** How many jobs of the run go on at once. */
  readonly machine: Limiter
  /** Each job gets a folder of its own below it. */
  readonly folder: string
  readonly events: (event: RunEvent) => void
  readonly finished: FinishedJob[]
}

/** The services, which may want to know that a job has ended: its token is then worth nothing. */
export interface RunServices extends Services {
  jobEnded?(key: string, conclusion: Conclusion): void
}

/** One row of the run page. */
export interface FinishedJob {
  readonly key: string
  readonly name: string
  readonly result: JobResult
  readonly milliseconds: number
}

/** What the jobs of one workflow see: the caller's or the called one's. */
export interface Scope {
  readonly inputs: Readonly<Record<string, Value>>
  readonly secrets: Readonly<Record<string, string>>
  /** In front of keys and names: `call/`, `call / `. */
  readonly key: string
  readonly name: string
  /** Concurrency groups that this workflow's caller or it itself holds. */
  readonly held: readonly string[]
  readonly signal: AbortSignal
}

/** Contexts that are the same for all jobs of a workflow. */
export function scopeContexts(shared: Shared, scope: Scope): Contexts {
  return { github: shared.github, inputs: scope.inputs, vars: shared.vars }
}

/** Stands in secrets for the token, which only the job that runs gets. */
export const TOKEN_PLACEHOLDER = `rehearsal-token-${crypto.randomUUID()}`
