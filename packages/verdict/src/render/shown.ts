import type { Finding, Level, Location } from '../finding.js'
import { oneLine } from '../plain-text.js'
import type { ReportError } from '../report.js'

const ORDER: Record<Level, number> = { error: 0, unknown: 1, warning: 2, note: 3 }

/** Findings that count, the worst first; those of one level keep their order. */
export function liveFindings(findings: readonly Finding[]): Finding[] {
  return findings
    .filter((finding) => finding.waivedBy === undefined)
    .sort((a, b) => ORDER[a.level] - ORDER[b.level])
}

/** `2 errors, 1 undecided, 3 warnings`; the empty text of none. Notes are counted last. */
export function countFindings(findings: readonly Finding[]): string {
  const count = (level: Level) => findings.filter((finding) => finding.level === level).length
  const words: readonly (readonly [number, string, string])[] = [
    [count('error'), 'error', 'errors'],
    [count('unknown'), 'undecided', 'undecided'],
    [count('warning'), 'warning', 'warnings'],
    [count('note'), 'note', 'notes'],
  ]
  return words
    .filter(([number]) => number > 0)
    .map(([number, one, many]) => `${number} ${number === 1 ? one : many}`)
    .join(', ')
}

/** `file:line:column`, as far as known, on one line. */
export function place(at: Location | NonNullable<ReportError['at']>): string {
  const numbers = at.line === undefined ? [] : [at.line, ...(at.column === undefined ? [] : [at.column])]
  return [oneLine(at.file), ...numbers].join(':')
}
