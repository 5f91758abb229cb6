import type { RunEvent, RunFacts, RunJob, Value } from '../contract.js'
import type { FinishedJob, RunServices } from '../graph/shared.js'
import type { Setting } from '../surroundings/configuration-note.js'
import type { SeededImage } from '../surroundings/images.js'
import type { Real } from '../surroundings/surroundings.js'
import type { Event } from './event.js'
import type { GivenArtifact } from './given-artifact.js'
import type { Checkout } from './repository.js'

/** What a rehearsal is asked to do. */
export interface RehearseOptions {
  /** Folder of the repository. */
  readonly repo: string
  /** `.github/workflows/x.yml`, or `x.yml`. */
  readonly workflow: string
  /** `pull_request`, `push`, `workflow_dispatch` …; the first that the workflow listens to by default. */
  readonly event?: string
  /** Replaces the payload that is made up from the repository. */
  readonly payload?: { readonly [key: string]: Value }
  /** What is pushed or dispatched; the branch that is checked out by default. */
  readonly ref?: string
  /** `owner/name` of the repository; that of its remote by default. */
  readonly repository?: string
  readonly actor?: string
  readonly inputs?: Readonly<Record<string, string>>
  readonly secrets?: Readonly<Record<string, string>>
  readonly vars?: Readonly<Record<string, string>>
  /** Environments that are approved beforehand. */
  readonly approve?: readonly string[]
  /** Asks a person for the others; without it they are refused. */
  readonly ask?: (environment: string) => Promise<boolean>
  /** `owner/name` → folder, for workflows and actions of other repositories. */
  readonly maps?: Readonly<Record<string, string>>
  /** Only this job, and what it needs. */
  readonly job?: string
  /** Variables that every step gets besides GitHub's, such as the addresses of further stand-ins. */
  readonly variables?: Readonly<Record<string, string>>
  /** Jobs at once; as many as the machine has processors, and at least two, by default. */
  readonly parallel?: number
  /** Where concurrency groups and what the registries hold are kept; the person's state folder by default. */
  readonly stateFolder?: string
  /** What is left as it is, instead of being stood in for; nothing by default. */
  readonly real?: readonly Real[]
  /** Values that each job's copy of sluice.yaml is to have, where it has their section. */
  readonly set?: readonly Setting[]
  /** Images that the registries hold before the run begins. */
  readonly images?: readonly SeededImage[]
  /** What earlier runs of the default branch are to have left. */
  readonly artifacts?: readonly GivenArtifact[]
  readonly events?: (event: RunEvent) => void
  readonly signal?: AbortSignal
  /** Replaces the stand-ins. */
  readonly startServices?: StartServices
  /** Replaces the runner of jobs. */
  readonly runJob?: RunJob
}

/** What the stand-ins of a run are started with. */
export interface ServicesRequest {
  readonly facts: RunFacts
  readonly checkout: Checkout
  readonly event: Event
  /** Removed with the run. */
  readonly folder: string
  /** Kept for later runs. */
  readonly state: string
  readonly approve: readonly string[]
  readonly ask?: (environment: string) => Promise<boolean>
  /** The run's inputs, and all that its workflows pass on as it is written, by name. */
  readonly values: readonly (readonly [name: string, text: string])[]
  /** Actions of all jobs, as their workflows name them. */
  readonly uses: readonly string[]
  /** Waits, and keeps what it guards from other rehearsals until it is disposed. */
  readonly enter: (group: string) => Promise<Disposable>
  /** A line of the run page that belongs to no job. */
  readonly say: (line: string) => void
}

export type StartServices = (request: ServicesRequest) => Promise<RunServices>

/** What came of a rehearsal. */
export interface RunOutcome {
  readonly conclusion: 'success' | 'failure' | 'cancelled' | 'skipped'
  /** Design, section 4: 0 success, 1 failure, 3 cancelled. */
  readonly exitCode: 0 | 1 | 3
  /** `run-name`, or the workflow's name. */
  readonly title: string
  readonly facts: RunFacts
  /** In the order in which they ended. */
  readonly jobs: readonly FinishedJob[]
  /** Of a workflow that is called. */
  readonly outputs: Readonly<Record<string, string>>
  readonly milliseconds: number
  /** What a reader should know: filters that could not be evaluated. */
  readonly notes: readonly string[]
}
