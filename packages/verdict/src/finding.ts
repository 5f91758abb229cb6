import type { Verdict } from './verdict.js'

/** `error` fails a check, `unknown` makes it inconclusive, `warning` warns, `note` informs. */
export type Level = 'error' | 'unknown' | 'warning' | 'note'

/** Where a finding stands. `file` is relative to the workspace, with `/`; lines and columns are 1-based. */
export interface Location {
  readonly file: string
  readonly line?: number
  readonly column?: number
  readonly endLine?: number
  readonly endColumn?: number
}

/** One thing a check saw. */
export interface Finding {
  /** `<check>/<rule>`, kebab-case: `pin-check/unpinned-action`. Waivers name it. */
  readonly rule: string
  readonly level: Level
  /** One sentence: what was found and what was expected. */
  readonly message: string
  readonly location?: Location
  /** Stable across runs and unrelated edits; hex. Made by `fingerprint`. */
  readonly fingerprint: string
  /** What to change. */
  readonly remedy?: string
  /** Link to what is behind the rule (an advisory, a document). */
  readonly help?: string
  /** Set once a waiver accepted it. */
  readonly waivedBy?: { readonly owner: string; readonly reason: string; readonly expires: string }
}

/** The verdict that findings add up to; waived findings and notes do not count. */
export function verdictOf(findings: readonly Finding[]): Verdict {
  const live = findings.filter((finding) => finding.waivedBy === undefined)
  if (live.some((finding) => finding.level === 'error')) return 'fail'
  if (live.some((finding) => finding.level === 'unknown')) return 'inconclusive'
  if (live.some((finding) => finding.level === 'warning')) return 'warn'
  return 'pass'
}
