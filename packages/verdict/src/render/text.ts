import type { Finding } from '../finding.js'
import { oneLine, safeLines, shorten } from '../plain-text.js'
import type { Report, Section } from '../report.js'
import { forestText } from './forest.js'
import { countFindings, liveFindings, place } from './shown.js'

/** Rows and findings beyond this are counted, not shown: a terminal is read, not searched. */
const ROW_LIMIT = 50

const WIDEST_CELL = 100

/** The report for a terminal or a log: the verdict first, then the findings, then the sections. Plain text. */
export function toText(report: Report): string {
  const lines = [`${report.verdict.toUpperCase()} ${report.action}: ${oneLine(report.headline)}`]
  if (report.error) {
    const { code, remedy, at } = report.error
    lines.push(`  ${code}${at ? ` at ${place(at)}` : ''}`, `  To mend it: ${oneLine(remedy)}`)
  }
  const live = liveFindings(report.findings)
  for (const finding of live.slice(0, ROW_LIMIT)) lines.push(...describe(finding))
  if (live.length > ROW_LIMIT) lines.push(`  … and ${live.length - ROW_LIMIT} more findings in the report`)
  const waived = report.findings.filter((finding) => finding.waivedBy !== undefined)
  for (const finding of waived.slice(0, ROW_LIMIT)) lines.push(...describeWaived(finding))
  const counted = [countFindings(live), waived.length > 0 ? `${waived.length} waived` : ''].filter(
    (text) => text !== '',
  )
  if (counted.length > 0) lines.push(`  ${counted.join(', ')}`)
  for (const section of report.sections) lines.push(...renderSection(section))
  return `${lines.join('\n')}\n`
}

function describe(finding: Finding): string[] {
  const where = finding.location ? `${place(finding.location)} ` : ''
  const lines = [`  ${finding.level}: ${where}${oneLine(finding.message)} [${oneLine(finding.rule)}]`]
  if (finding.remedy) lines.push(`    ${oneLine(finding.remedy)}`)
  return lines
}

/** What was accepted, and on whose word: a pass that rests on it must say so. */
function describeWaived(finding: Finding): string[] {
  const { owner = '', expires = '', reason = '' } = finding.waivedBy ?? {}
  const where = finding.location ? `${place(finding.location)} ` : ''
  return [
    `  waived: ${where}${oneLine(finding.message)} [${oneLine(finding.rule)}]`,
    `    By ${oneLine(owner)} until ${oneLine(expires)}: ${oneLine(reason)}`,
  ]
}

function renderSection(section: Section): string[] {
  switch (section.kind) {
    case 'text':
      return section.text === ''
        ? []
        : ['', oneLine(section.title), ...safeLines(section.text).map((line) => `  ${line}`)]
    case 'command':
      return ['', oneLine(section.title), ...safeLines(section.command).map((line) => `  ${line}`)]
    case 'forest': {
      const { foot, head, rows } = forestText(section)
      const hidden = rows.length - ROW_LIMIT
      const more = hidden > 0 ? [`… and ${hidden} more rows in the report`] : []
      const lines = [head, ...rows.slice(0, ROW_LIMIT), ...more, foot]
      return rows.length === 0 ? [] : ['', oneLine(section.title), ...lines.map((line) => `  ${line}`)]
    }
    case 'table':
      return section.rows.length === 0 ? [] : ['', oneLine(section.title), ...table(section)]
  }
}

function table(section: Section & { kind: 'table' }): string[] {
  const shown = section.rows.slice(0, ROW_LIMIT)
  const grid = [section.columns, ...shown].map((row) =>
    section.columns.map((_, column) => cell(row[column] ?? '')),
  )
  const widths = section.columns.map((_, column) => Math.max(...grid.map((row) => row[column]?.length ?? 0)))
  const lines = grid.map((row) =>
    `  ${row.map((text, column) => text.padEnd(widths[column] ?? 0)).join('  ')}`.trimEnd(),
  )
  const hidden = section.rows.length - shown.length
  return hidden > 0 ? [...lines, `  … and ${hidden} more rows in the report`] : lines
}

function cell(text: string): string {
  return shorten(oneLine(text), WIDEST_CELL)
}
