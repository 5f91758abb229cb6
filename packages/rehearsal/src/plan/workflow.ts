import type { Home, Permissions, Place, PlannedStep, Value } from '../contract.js'

/** A workflow file as read and checked; everything it calls is read and checked with it. Texts may hold expressions. */
export interface Workflow {
  readonly place: Place
  readonly home: Home
  readonly name: string
  readonly runName?: string
  readonly triggers: Triggers
  readonly env: Texts
  readonly concurrency?: Concurrency
  readonly jobs: ReadonlyMap<string, Job>
}

export type Texts = Readonly<Record<string, string>>

/** Events that the workflow listens to, with their filters. */
export type Triggers = ReadonlyMap<string, Trigger>

export interface Trigger {
  readonly place: Place
  /** `branches`, `branches-ignore`, `tags`, `tags-ignore`, `paths`, `paths-ignore`, `types`. */
  readonly filters: Readonly<Record<string, readonly string[]>>
  readonly inputs: ReadonlyMap<string, InputDeclaration>
  readonly secrets: ReadonlyMap<string, SecretDeclaration>
  /** Of `workflow_call`: templates over `jobs`. */
  readonly outputs: Texts
}

export const INPUT_TYPES = ['string', 'boolean', 'number', 'choice', 'environment'] as const
export type InputType = (typeof INPUT_TYPES)[number]

export interface InputDeclaration {
  readonly type: InputType
  readonly required: boolean
  /** A template, or a plain value. */
  readonly default?: Value
  readonly options: readonly string[]
  readonly place: Place
}

export interface SecretDeclaration {
  readonly required: boolean
  readonly place: Place
}

export interface Concurrency {
  readonly group: string
  /** A template of a boolean. */
  readonly cancelInProgress: string
  readonly queue: 'single' | 'max'
  readonly place: Place
}

export interface Strategy {
  /** Literal lists with templates in them, or one template that makes the whole. */
  readonly matrix?: Value
  readonly failFast: string
  readonly maxParallel?: string
  readonly place: Place
}

interface JobBase {
  readonly id: string
  /** As written; `literal` names get the matrix values behind them. */
  readonly name?: string
  readonly needs: readonly string[]
  readonly if?: string
  readonly strategy?: Strategy
  readonly concurrency?: Concurrency
  /** What the token of this job may do, after the caller's bounds. */
  readonly permissions: Permissions
  readonly place: Place
}

export interface StepsJob extends JobBase {
  readonly kind: 'steps'
  readonly runsOn: readonly string[]
  readonly env: Texts
  readonly defaults: { readonly shell?: string; readonly workingDirectory?: string }
  readonly outputs: Texts
  readonly environment?: { readonly name: string; readonly url?: string }
  readonly timeoutMinutes: string
  readonly continueOnError: string
  readonly steps: readonly PlannedStep[]
}

export interface CallJob extends JobBase {
  readonly kind: 'call'
  readonly uses: string
  readonly with: Readonly<Record<string, Value>>
  readonly secrets: 'inherit' | Texts
  readonly callee: Workflow
}

export type Job = StepsJob | CallJob
