import type { Finding, ReportError, Section, Verdict } from '@sluice/verdict'

/** Everything the page shows, as plain data. Strings may be hostile: the page escapes and shortens them. */
export interface ReportData {
  /** What the road was walked for: a model, a repository. */
  readonly title: string
  /** RFC 3339; the page knows no clock, so that the same data gives the same bytes. */
  readonly madeAt: string
  readonly facts?: Readonly<Record<string, string>>
  readonly story?: Story
  /** Jobs as they ran; without them the road is drawn from the reports, folder by folder. */
  readonly jobs?: readonly RoadJob[]
  readonly reports: readonly FiledReport[]
  readonly evaluations: readonly Evaluation[]
  readonly rollouts: readonly Rollout[]
  readonly ledgers: readonly LedgerView[]
  /** What was there and could not be read: such a page never says that all is well. */
  readonly unread: readonly Unread[]
}

/** A rehearsal as a story: what happened, and whether it came out as it must. */
export interface Story {
  readonly chapters: readonly Chapter[]
}

export interface Chapter {
  /** 0 is what had to be there before the first line. */
  readonly number: number
  readonly title: string
  readonly scenes: readonly Scene[]
}

export interface Scene {
  readonly title: string
  /** The action that ran, or the command. */
  readonly by: string
  readonly expected: string
  readonly seen: string
  readonly ok: boolean
  readonly milliseconds: number
  readonly headline: string
  readonly details: readonly string[]
}

export type StepState = Verdict | 'success' | 'failure' | 'cancelled' | 'skipped'

export interface RoadJob {
  readonly name: string
  readonly state: StepState
  readonly milliseconds?: number
  readonly steps: readonly RoadStep[]
}

export interface RoadStep {
  readonly name: string
  readonly state: StepState
  readonly milliseconds?: number
  /** The step's own headline, when it gave one. */
  readonly headline?: string
}

/** A published report of an action (`toJson` of packages/verdict), and the file it was found in. */
export interface FiledReport {
  readonly file: string
  readonly action: string
  readonly finishedAt: string
  readonly verdict: Verdict
  readonly headline: string
  readonly findings: readonly Finding[]
  readonly sections: readonly Section[]
  readonly error?: ReportError
}

/** docs/predicates/evaluation.md, the members that are shown. */
export interface Evaluation {
  /** Who was evaluated, `name@sha256:…`; more than one when releases share model and rows. */
  readonly subjects: readonly string[]
  readonly verdict: Verdict
  readonly firstRelease: boolean
  readonly rows?: number
  readonly inputs: readonly {
    readonly role: string
    readonly name: string
    readonly columns: readonly string[]
  }[]
  readonly problems: readonly { readonly rule: string; readonly message: string }[]
  readonly rules: readonly EvaluatedRule[]
}

export interface EvaluatedRule {
  readonly rule: string
  readonly metric: string
  readonly better: 'higher' | 'lower'
  readonly demand: 'bound' | 'non-inferior' | 'superior'
  readonly verdict: Verdict | 'skipped'
  readonly reason: string
  /** `holm`, or what else the states were corrected by for many slices. */
  readonly correction: string
  readonly cases: readonly EvaluatedCase[]
}

export interface EvaluatedCase {
  readonly where:
    | { readonly kind: 'all' }
    | { readonly kind: 'slice'; readonly column: string; readonly value: string }
    | { readonly kind: 'small'; readonly column: string; readonly values: number; readonly minRows: number }
    | { readonly kind: 'found'; readonly condition: string }
    | { readonly kind: 'half' }
  readonly rows?: number
  readonly candidate?: number
  readonly champion?: number
  readonly state: 'good' | 'bad' | 'undecided'
  readonly because?: string
  readonly estimate?: {
    readonly value: number
    readonly low: number
    readonly high: number
    readonly level: number
    readonly threshold: number
    readonly method: string
    readonly adjusted: number
  }
  readonly rowsNeeded?: number
  /** Ids of the rows that count most against the candidate. */
  readonly examples?: readonly string[]
}

/** docs/predicates/rollout.md, the members that are shown. */
export interface Rollout {
  readonly subject: string
  readonly environment: string
  readonly outcome: 'promoted' | 'rolled-back' | 'held'
  readonly verdict: Verdict
  readonly cause: string
  readonly because: string
  readonly startedAt: string
  readonly endedAt: string
  readonly psi0: number
  readonly alpha: number
  readonly psiBad: number
  readonly beta: number
  /** e against "no worse than ψ₀" at the end, its highest value, and the same against "as bad as ψ_bad". */
  readonly stated?: { readonly e: number; readonly maxE: number; readonly certificateE: number }
  readonly events: readonly RolloutEvent[]
  readonly steps: readonly RolloutStep[]
  readonly observations: readonly Observation[]
  /** e after each observation, computed again; absent when observations were merged. */
  readonly looks?: readonly Look[]
}

export interface Weights {
  readonly stable: number
  readonly canary: number
}

export interface RolloutEvent {
  readonly at: string
  readonly event: string
  readonly because: string
  readonly weights?: Weights
}

export interface Counts {
  readonly requests: number
  readonly errors: number
}

export interface RolloutStep {
  readonly percent: number
  readonly intervals: number
  readonly stable: Counts
  readonly canary: Counts
}

export interface Observation {
  readonly at: string
  readonly step: number
  readonly stable: Counts
  readonly canary: Counts
}

/** The e-values after one observation. */
export interface Look {
  /** Against "errors no worse than ψ₀ times": reaching 1/α rolls back. */
  readonly harm: number
  /** Against "as bad as ψ_bad times": reaching 1/β certifies. */
  readonly certificate: number
}

/** `sluice ledger <environment> --format json`, the members that are shown. */
export interface LedgerView {
  readonly environment: string
  readonly at: string
  /** True when the signatures were verified while this page was made, and not by whoever wrote a file. */
  readonly verified: boolean
  readonly serving?: { readonly subject: string; readonly since: string; readonly signer: string }
  /** Oldest first. */
  readonly records: readonly LedgerEntry[]
}

export interface LedgerEntry {
  readonly kind: string
  readonly subject: string
  readonly digest: string
  readonly signer: string
  readonly sequence: number
  /** Digest of the record before, null for the first. */
  readonly previous: string | null
  readonly createdAt: string
  /** `rolled-back`, or a rollback's reason. */
  readonly remark?: string
  /** What serves after it, null when nothing does. */
  readonly serving: string | null
  readonly run?: string
  readonly actor?: string
  readonly evidence: readonly {
    readonly requirement: string
    readonly bundle: string
    readonly signer: string
  }[]
}

export interface Unread {
  readonly file: string
  readonly because: string
}
