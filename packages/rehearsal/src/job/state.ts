import type { Conclusion, Contexts, Home, JobScope, PlannedJob, Status, Value } from '../contract.js'
import type { ActionStep } from './action-step.js'
import type { ArtifactSubject } from './artifacts-file.js'
import type { Patience } from './child.js'
import type { Masks } from './masks.js'
import type { FoundAction } from './reference.js'
import type { StepLog } from './step-log.js'

/** Where a job keeps its things, all below its temporary folder. */
export interface Folders {
  /** RUNNER_TEMP */
  readonly temporary: string
  /** The runner's files of each step. */
  readonly files: string
  /** HOME */
  readonly home: string
  /** RUNNER_TOOL_CACHE */
  readonly tools: string
}

/** What one job's steps share and change. */
export interface JobState {
  readonly job: PlannedJob
  readonly scope: JobScope
  readonly folders: Folders
  /** `github` as the steps see it, without what differs by step. */
  readonly github: Readonly<Record<string, Value>>
  /** The workflow's and the job's `env`, and what steps wrote to GITHUB_ENV. */
  readonly env: Map<string, string>
  /** What steps wrote to GITHUB_PATH, the last one first. */
  readonly path: string[]
  readonly masks: Masks
  /** Post steps, in the order in which they registered. */
  readonly posts: Post[]
  /** What steps declared in GITHUB_ARTIFACTS. */
  readonly subjects: ArtifactSubject[]
  /** Actions that were found before the first step, and what their runs pass on, by the step's key. */
  readonly uses: Map<string, ActionUse>
  /** Process groups that steps started. */
  readonly groups: Set<number>
  readonly patience: Patience
  /** Whether `::debug::` is shown, as with the secret or variable ACTIONS_STEP_DEBUG on GitHub. */
  readonly debug: boolean
}

/** One step's use of an action: what its pre, main and post share. */
export interface ActionUse {
  readonly found: FoundAction
  /** What went to GITHUB_STATE. */
  readonly state: Record<string, string>
  /** Its pre or main has begun: where, and with what. */
  last?: { readonly frame: Frame; readonly use: ActionStep }
}

/** A list of steps that is being run: the job's own, or those of one composite action. */
export interface Frame {
  /** Tells this list of steps from every other of the job. */
  readonly key: string
  /** Contexts other than env, steps, job and runner. */
  readonly contexts: Contexts
  /** `env` of the steps around: empty for the job's own steps. */
  readonly env: Readonly<Record<string, string>>
  readonly steps: Record<string, StepContext>
  status: Status
  /** What `$/` stands for. */
  readonly home: Home
  /** Composite actions around. */
  readonly depth: number
  readonly defaults: PlannedJob['defaults']
  /** The job, or the step around, has been cancelled: only steps whose `if` allows it go on. */
  readonly cancelled: AbortSignal
  /** The time of a step around is up: nothing goes on. */
  readonly timedOut: AbortSignal
}

/** `steps.<id>` */
export interface StepContext {
  readonly outputs: Readonly<Record<string, string>>
  readonly outcome: Conclusion
  readonly conclusion: Conclusion
}

/** What remains to be done once all steps have run. */
export interface Post {
  readonly name: string
  readonly condition: string
  /** Contexts for the condition. */
  contexts(): Contexts
  run(attempt: Attempt): Promise<boolean>
}

/** One try at a step: what it is given while it runs, and what it leaves. */
export interface Attempt {
  readonly stop: AbortSignal
  readonly cancelled: AbortSignal
  readonly timedOut: AbortSignal
  readonly outputs: Record<string, string>
  readonly log: StepLog
}
