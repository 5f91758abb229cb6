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
  /** The part of the data it is about, `column=value` or the condition of a slice that was found; a waiver may name it. */
  readonly slice?: string
  /** Loss that cannot be ruled out, in the unit of what was measured: a waiver has to say how much it accepts. */
  readonly loss?: number
  /** False where nothing was measured that anyone could accept: such a finding stands until it is mended. */
  readonly waivable?: false
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

/** The verdict as evidence states it: what passed only because somebody accepted findings is `warn`. */
export function attestedVerdict(findings: readonly Finding[]): Verdict {
  const verdict = verdictOf(findings)
  return verdict === 'pass' && findings.some((finding) => finding.waivedBy !== undefined) ? 'warn' : verdict
}
