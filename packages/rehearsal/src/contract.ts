/**
 * What the parts of a rehearsal agree on. The planner turns workflow files into `PlannedJob`s (GitHub's own parser
 * decides what they mean), the graph decides which job runs when, the runner runs one job, the stand-ins answer it.
 */

/** Values of GitHub's expression language. */
export type Value = null | boolean | number | string | readonly Value[] | { readonly [key: string]: Value }

/** Named contexts an expression sees: `github`, `env`, `needs`, `inputs`, `matrix` … */
export type Contexts = Readonly<Record<string, Value>>

/** How things stand where a status function is asked; `skipped`: none of the three, for an ancestor did not run. */
export type Status = 'success' | 'failure' | 'cancelled' | 'skipped'

/** GitHub's expressions, by `@actions/expressions`; `hashFiles` and the status functions are supplied by the host. */
export interface Expressions {
  /** Text with `${{ }}` in it, or one whole expression, to a value. @throws SluiceError EXPRESSION_INVALID */
  evaluate(template: string, contexts: Contexts): Value
  /** As `evaluate`, to the text that GitHub would insert. */
  interpolate(template: string, contexts: Contexts): string
  /** An `if:`, with the implicit `success()`. */
  holds(condition: string | undefined, contexts: Contexts, status: Status): boolean
}

/** `read`, `write` or `none` by permission key; a key that is absent is `none`. */
export type Permissions = Readonly<Record<string, 'read' | 'write' | 'none'>>

/** A position in a workflow file, for messages. */
export interface Place {
  readonly file: string
  readonly line: number
}

/** One step as written: texts may hold expressions, evaluated when it is its turn. */
export interface PlannedStep {
  readonly id?: string
  readonly name?: string
  readonly if?: string
  readonly env: Readonly<Record<string, string>>
  readonly continueOnError: string
  readonly timeoutMinutes?: string
  readonly workingDirectory?: string
  readonly place: Place
  readonly does:
    | { readonly kind: 'uses'; readonly uses: string; readonly with: Readonly<Record<string, string>> }
    | { readonly kind: 'run'; readonly script: string; readonly shell?: string }
}

/** One job that runs steps, after matrix and reusable workflows have been worked out. */
export interface PlannedJob {
  /** Unique in the run: `call / gate (ubuntu)` is displayed, `call/gate[0]` identifies. */
  readonly key: string
  readonly name: string
  /** The key in its workflow's `jobs`. */
  readonly id: string
  readonly steps: readonly PlannedStep[]
  readonly env: Readonly<Record<string, string>>
  readonly defaults: { readonly shell?: string; readonly workingDirectory?: string }
  readonly permissions: Permissions
  readonly outputs: Readonly<Record<string, string>>
  readonly environment?: { readonly name: string; readonly url?: string }
  readonly timeoutMinutes: number
  readonly continueOnError: boolean
  /** The repository that the workflow file belongs to: what `$/` stands for. */
  readonly home: Home
  readonly place: Place
}

/** A repository on this machine: where it lies and what GitHub would call it. */
export interface Home {
  readonly folder: string
  /** `owner/name` */
  readonly repository: string
  /** Commit of 40 hex digits, real or made up from the content. */
  readonly sha: string
  readonly ref: string
  /** `.github/workflows/x.yml` */
  readonly workflow: string
}

export type Conclusion = 'success' | 'failure' | 'cancelled' | 'skipped'

/** What a job left. */
export interface JobResult {
  readonly conclusion: Conclusion
  readonly outputs: Readonly<Record<string, string>>
  readonly steps: readonly StepRecord[]
}

export interface StepRecord {
  readonly name: string
  readonly id?: string
  /** Before `continue-on-error`; `conclusion` is after it. */
  readonly outcome: Conclusion
  readonly conclusion: Conclusion
  readonly milliseconds: number
  readonly outputs: Readonly<Record<string, string>>
  /** Markdown that the step wrote as its summary. */
  readonly summary: string
  readonly annotations: readonly Annotation[]
}

export interface Annotation {
  readonly level: 'notice' | 'warning' | 'error'
  readonly message: string
  readonly file?: string
  readonly line?: number
}

/** What a job gets of its surroundings. */
export interface JobScope {
  /** Contexts that are there before the first step: github, inputs, vars, secrets, needs, matrix, strategy. */
  readonly contexts: Contexts
  /** The job's own workspace folder; empty until a checkout fills it. */
  readonly workspace: string
  readonly temporary: string
  /** Variables that the stand-ins want set: GITHUB_API_URL, ACTIONS_ID_TOKEN_REQUEST_URL, ACTIONS_RESULTS_URL … */
  readonly services: Readonly<Record<string, string>>
  readonly expressions: Expressions
  /** The repository that is rehearsed: what `actions/checkout` brings. Without it the job's own home is taken. */
  readonly repository?: Home
  /** Where `owner/name@ref` actions lie on this machine; undefined is refused by name. */
  resolveAction(uses: string, home: Home): Promise<ResolvedAction | undefined>
  readonly events: (event: RunEvent) => void
  readonly signal: AbortSignal
}

/** An action on disk, or one that the rehearsal knows how to do itself. */
export type ResolvedAction =
  | { readonly kind: 'folder'; readonly folder: string; readonly home: Home }
  | { readonly kind: 'equivalent'; readonly name: string }

/** What happens, as it happens: the run page is drawn from these. */
export type RunEvent =
  | { readonly kind: 'job-started'; readonly job: PlannedJob }
  | { readonly kind: 'job-waiting'; readonly job: PlannedJob; readonly because: string }
  | {
      readonly kind: 'job-ended'
      readonly key: string
      readonly name: string
      readonly result: JobResult
      readonly milliseconds: number
    }
  | { readonly kind: 'step-started'; readonly job: string; readonly step: string }
  | { readonly kind: 'step-ended'; readonly job: string; readonly step: StepRecord }
  | { readonly kind: 'log'; readonly job: string; readonly line: string }

/** Runs one job's steps to their end, post steps included; never throws for what a step does. */
export type RunJob = (job: PlannedJob, scope: JobScope) => Promise<JobResult>

/** Stand-ins for a run: started once, told of each job, stopped with the run. */
export interface Services extends AsyncDisposable {
  /** Variables for one job, with a token that grants no more than `permissions`. */
  forJob(job: PlannedJob, run: RunFacts): Promise<Readonly<Record<string, string>>>
  /** Asks for, or takes from the flags, the approval of an environment. */
  approval(environment: string): Promise<'approved' | 'rejected'>
}

/** What is the same for all jobs of a run. */
export interface RunFacts {
  readonly repository: string
  readonly runId: string
  readonly runAttempt: string
  readonly sha: string
  readonly ref: string
  readonly event: string
  readonly actor: string
  /** Path of the top workflow in its repository. */
  readonly workflow: string
}
