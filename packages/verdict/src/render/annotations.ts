import type { Finding } from '../finding.js'
import { oneLine, shorten } from '../plain-text.js'
import { liveFindings } from './shown.js'

/** GitHub shows this many annotations of each level a step, and drops the rest in silence. */
export const ANNOTATION_LIMIT = 10
/** UTF-16 units of one message (actions/runner src/Runner.Worker/ExecutionContext.cs). */
export const ANNOTATION_LENGTH = 4096

export interface Annotation {
  readonly level: 'error' | 'warning'
  readonly title: string
  readonly message: string
  /** Relative to the repository's root. */
  readonly file: string
  readonly startLine: number
  readonly endLine?: number
  readonly startColumn?: number
  readonly endColumn?: number
}

/**
 * The annotations of a report: one for each live finding at a line that somebody must change, so none for notes
 * and none without a line. At most ten of each level; the tenth says how many more there are.
 * @param base folder of the findings' files in the repository, `.` for its root
 */
export function toAnnotations(findings: readonly Finding[], base = '.'): Annotation[] {
  const live = liveFindings(findings)
  const errors = live.filter(({ level }) => level === 'error' || level === 'unknown')
  const warnings = live.filter(({ level }) => level === 'warning')
  return [...annotate(errors, 'error', base), ...annotate(warnings, 'warning', base)]
}

function annotate(findings: readonly Finding[], level: Annotation['level'], base: string): Annotation[] {
  const placed = findings.flatMap((finding) => {
    const annotation = toAnnotation(finding, level, base)
    return annotation ? [annotation] : []
  })
  const shown = placed.slice(0, ANNOTATION_LIMIT)
  const last = shown.at(-1)
  const hidden = findings.length - shown.length
  if (last && hidden > 0 && shown.length === ANNOTATION_LIMIT) {
    const more = ` (${hidden} more in the summary)`
    const message = `${shorten(last.message, ANNOTATION_LENGTH - more.length)}${more}`
    shown[shown.length - 1] = { ...last, message }
  }
  return shown
}

function toAnnotation(finding: Finding, level: Annotation['level'], base: string): Annotation | undefined {
  const { line, endLine, column, endColumn, file } = finding.location ?? {}
  if (file === undefined || line === undefined) return undefined
  // The runner refuses columns of an annotation that spans lines.
  const columns = column !== undefined && (endLine ?? line) === line
  return {
    level,
    title: oneLine(finding.rule),
    message: shorten(oneLine([finding.message, finding.remedy].filter(Boolean).join(' ')), ANNOTATION_LENGTH),
    file: inRepository(oneLine(file), base),
    startLine: line,
    ...(endLine === undefined ? {} : { endLine }),
    ...(columns ? { startColumn: column, ...(endColumn === undefined ? {} : { endColumn }) } : {}),
  }
}

/** `file`, which is relative to the folder `base` of the repository, as seen from the repository's root. */
export function inRepository(file: string, base: string): string {
  return base === '.' || base === '' || file.startsWith('/') ? file : `${base}/${file}`
}
