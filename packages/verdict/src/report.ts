import { type Finding, verdictOf } from './finding.js'
import type { Statement } from './statement.js'
import type { Verdict } from './verdict.js'

/** A table as data; renderers trim rows, never columns. Cells are plain text. */
export interface TableSection {
  readonly kind: 'table'
  readonly title: string
  readonly columns: readonly string[]
  readonly rows: readonly (readonly string[])[]
  /** Shown unfolded when true: for the few rows that matter. */
  readonly open?: boolean
}

/** Plain paragraphs; Markdown in them is escaped. */
export interface TextSection {
  readonly kind: 'text'
  readonly title: string
  readonly text: string
}

/** A command to copy: the proof a reader can run. */
export interface CommandSection {
  readonly kind: 'command'
  readonly title: string
  readonly command: string
}

/** Estimates with their intervals against the line that decides: a forest plot, as data. */
export interface ForestSection {
  readonly kind: 'forest'
  readonly title: string
  /** What the line is: `margin 0.005`. */
  readonly axis: string
  /** Which side of the line is good. */
  readonly good: 'above' | 'below'
  readonly line: number
  /** Where there is no difference; undefined for values that are no differences. */
  readonly zero?: number
  readonly rows: readonly ForestRow[]
}

export interface ForestRow {
  readonly label: string
  readonly low: number
  readonly value: number
  readonly high: number
  readonly state: 'good' | 'bad' | 'undecided'
  /** The numbers, as text. */
  readonly note: string
}

export type Section = TableSection | TextSection | CommandSection | ForestSection

/** What a run returns. The harness publishes it; see `Report` for what is added on the way. */
export interface Result {
  readonly verdict: Verdict
  /** One line: what was decided and why. */
  readonly headline: string
  readonly findings: readonly Finding[]
  readonly sections: readonly Section[]
  /** The action's own outputs, by kebab-case name. */
  readonly outputs: Readonly<Record<string, string>>
  /** Unsigned statements for `sign`; none when the run was about no subject. */
  readonly statements: readonly Statement[]
  /** What a statement would have said, had the run been about a subject: numbers for charts. Never signed. */
  readonly details?: Details
}

/** A predicate without a subject. */
export type Details = Pick<Statement, 'predicateType' | 'predicate'>

/** Why a run ended early: the public members of a SluiceError. */
export interface ReportError {
  readonly code: string
  readonly message: string
  readonly remedy: string
  readonly at?: { readonly file: string; readonly line?: number; readonly column?: number }
}

/** A published result: with the action that made it and when. */
export interface Report extends Result {
  /** Set when the run ended in an error; the verdict is then `inconclusive`, or `fail` for a refusal. */
  readonly error?: ReportError
  readonly action: string
  readonly version: string
  /** RFC 3339, UTC. */
  readonly finishedAt: string
}

/** A result whose verdict follows from its findings. Everything but the headline may be left out. */
export function resultOf(parts: {
  readonly headline: string
  readonly findings?: readonly Finding[]
  readonly verdict?: Verdict
  readonly sections?: readonly Section[]
  readonly outputs?: Readonly<Record<string, string>>
  readonly statements?: readonly Statement[]
  readonly details?: Details
}): Result {
  const findings = parts.findings ?? []
  return {
    verdict: parts.verdict ?? verdictOf(findings),
    headline: parts.headline,
    findings,
    sections: parts.sections ?? [],
    outputs: parts.outputs ?? {},
    statements: parts.statements ?? [],
    ...(parts.details === undefined ? {} : { details: parts.details }),
  }
}
