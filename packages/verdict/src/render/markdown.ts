import type { Finding, Level } from '../finding.js'
import { safeLines, shorten } from '../plain-text.js'
import { PROJECT } from '../project.js'
import type { Report, ReportError, Section } from '../report.js'
import type { Verdict } from '../verdict.js'
import { forestText } from './forest.js'
import { codeSpan, escapeMarkdown, fenced, link } from './markdown-text.js'
import { countFindings, liveFindings, place } from './shown.js'

/** How much a surface takes. */
export interface MarkdownBudget {
  /** UTF-8 bytes, at least 4096. */
  readonly bytes: number
  /** Rows a table. */
  readonly rows: number
}

// Below GitHub's limits of 1 MiB a step and 65,536 characters a comment, for what the surface adds around it.
export const SUMMARY_BUDGET: MarkdownBudget = { bytes: 1_000_000, rows: 1000 }
export const COMMENT_BUDGET: MarkdownBudget = { bytes: 64_000, rows: 100 }

export interface MarkdownOptions {
  readonly budget?: MarkdownBudget
  /** The run to link, and the commit it was about. */
  readonly run?: { readonly url: string; readonly sha: string; readonly attempt?: number }
}

const ICON: Record<Verdict, string> = { pass: '✅', warn: '⚠️', fail: '❌', inconclusive: '❔' }
const LEVEL: Record<Level, string> = {
  error: '❌ error',
  unknown: '❔ undecided',
  warning: '⚠️ warning',
  note: 'ℹ️ note',
}
const LONGEST_SENTENCE = 1000
const LONGEST_CELL = 500
const LONGEST_TEXT = 4000
/** A table of findings up to this long is shown unfolded when the verdict is not a pass. */
const FEW = 10
const CUT = 'More stands in the JSON report.'

/** A part of the report below the verdict. Rows may be left out at the end, but not the frame. */
interface Block {
  readonly before: string
  readonly rows: readonly string[]
  readonly after: string
  /** Rows stand in a fenced block, where a paragraph would be code. */
  readonly code?: boolean
}

/**
 * The report as GitHub-flavoured Markdown: the verdict and two sentences, then tables, folded. Never longer than
 * the budget: rows are left out and counted, then whole sections; the verdict stays.
 */
export function toMarkdown(report: Report, options: MarkdownOptions = {}): string {
  const budget = options.budget ?? SUMMARY_BUDGET
  const head = heading(report)
  const foot = footer(options)
  let left = budget.bytes - size(head) - size(foot) - size(CUT) - 4
  const shown: string[] = []
  let cut = false
  for (const block of blocks(report)) {
    const text = fit(block, left - 2, budget.rows)
    if (text === undefined) cut = true
    else {
      shown.push(text)
      left -= size(text) + 2
    }
  }
  return `${[head, ...shown, ...(cut ? [CUT] : []), foot].join('\n\n')}\n`
}

function heading(report: Report): string {
  const { verdict, action, headline, findings, error } = report
  const live = liveFindings(findings)
  const counted = countFindings(live)
  const waived = findings.length - live.length
  const second = [counted, waived > 0 ? `${waived} waived` : ''].filter((text) => text !== '').join(', ')
  const lines = [
    `### ${ICON[verdict]} ${escapeMarkdown(action)}: ${verdict}`,
    sentence(headline),
    ...(error
      ? [describeError(error)]
      : second === ''
        ? []
        : [`${second[0]?.toUpperCase()}${second.slice(1)}.`]),
  ]
  return lines.join('\n\n')
}

function describeError({ code, remedy, at }: ReportError): string {
  return `${codeSpan(code)}${at ? ` at ${codeSpan(shorten(place(at), LONGEST_CELL))}` : ''}: ${sentence(remedy)}`
}

function sentence(text: string): string {
  return escapeMarkdown(shorten(text, LONGEST_SENTENCE))
}

function footer({ run }: MarkdownOptions): string {
  const made = `${PROJECT.name} ${PROJECT.version}`
  if (!run) return `<sub>${made}</sub>`
  // Whoever ran it again until it was green is seen to have done so.
  const attempt = (run.attempt ?? 1) > 1 ? ` · attempt ${run.attempt}` : ''
  return `<sub>${link('Run', run.url)}${attempt} · commit ${codeSpan(run.sha.slice(0, 12))} · ${made}</sub>`
}

function blocks(report: Report): Block[] {
  const live = liveFindings(report.findings)
  const waived = report.findings.filter((finding) => finding.waivedBy !== undefined)
  const open = report.verdict !== 'pass' && live.length <= FEW
  return [
    ...(live.length > 0
      ? [table('Findings', ['level', 'where', 'what', 'rule'], live.map(findingRow), open)]
      : []),
    ...report.sections.filter((section) => section.kind !== 'table' || section.open).flatMap(block),
    ...report.sections.filter((section) => section.kind === 'table' && !section.open).flatMap(block),
    ...(waived.length > 0
      ? [table('Waived', ['rule', 'where', 'what', 'owner', 'until', 'reason'], waived.map(waivedRow), false)]
      : []),
  ]
}

function block(section: Section): Block[] {
  switch (section.kind) {
    case 'table':
      if (section.rows.length === 0) return []
      return [
        table(
          section.title,
          section.columns,
          section.rows.map((row) => cells(row, section.columns.length)),
          section.open ?? false,
        ),
      ]
    case 'text': {
      const paragraphs = section.text.split(/\n\s*\n/).filter((text) => text.trim() !== '')
      if (paragraphs.length === 0) return []
      const text = paragraphs.map((text) => escapeMarkdown(shorten(text, LONGEST_TEXT))).join('\n\n')
      return [{ before: `<b>${title(section.title)}</b>\n\n${text}`, rows: [], after: '' }]
    }
    case 'forest': {
      if (section.rows.length === 0) return []
      const { foot, head, rows } = forestText(section)
      // Its lines hold no backtick that could end the block: a name's are turned.
      const safe = (line: string) => line.replaceAll('`', 'ˋ')
      const before = `<b>${title(section.title)}</b>\n\n\`\`\`text\n${safe(head)}`
      return [{ before, rows: rows.map(safe), after: `\n${safe(foot)}\n\`\`\``, code: true }]
    }
    case 'command': {
      const code = fenced(safeLines(section.command), 'sh')
      return [{ before: `${title(section.title)}:\n\n${code}`, rows: [], after: '' }]
    }
  }
}

function findingRow(finding: Finding): string {
  const remedy = finding.remedy ? `<br>${cell(finding.remedy)}` : ''
  const rule = finding.help ? link(finding.rule, finding.help) : codeSpan(finding.rule)
  return row([LEVEL[finding.level], where(finding), `${cell(finding.message)}${remedy}`, rule])
}

function waivedRow(finding: Finding): string {
  const { owner = '', expires = '', reason = '' } = finding.waivedBy ?? {}
  return row([codeSpan(finding.rule), where(finding), ...[finding.message, owner, expires, reason].map(cell)])
}

function where({ location }: Finding): string {
  return location ? codeSpan(shorten(place(location), LONGEST_CELL)) : ''
}

function cells(texts: readonly string[], columns: number): string {
  return row(Array.from({ length: columns }, (_, column) => cell(texts[column] ?? '')))
}

function cell(text: string): string {
  return escapeMarkdown(shorten(text, LONGEST_CELL))
}

function row(texts: readonly string[]): string {
  return `| ${texts.join(' | ')} |`
}

function title(text: string): string {
  return escapeMarkdown(shorten(text, 200))
}

function table(name: string, columns: readonly string[], rows: readonly string[], open: boolean): Block {
  return {
    before: [
      `<details${open ? ' open' : ''}><summary>${title(name)} (${rows.length})</summary>`,
      '',
      row(columns.map((column) => cell(column))),
      `|${' --- |'.repeat(columns.length)}`,
    ].join('\n'),
    rows,
    after: '\n\n</details>',
  }
}

/** The block with as many rows as fit into `bytes`, or undefined when not even its frame and one row do. */
function fit({ before, rows, after, code }: Block, bytes: number, limit: number): string | undefined {
  const more = (hidden: number) => `${code ? '\n' : '\n\n'}… and ${hidden} more rows in the JSON report.`
  let left = bytes - size(before) - size(after) - size(more(rows.length))
  if (left < 0) return undefined
  let fitting = 0
  while (fitting < Math.min(rows.length, limit)) {
    left -= size(rows[fitting] ?? '') + 1
    if (left < 0) break
    fitting++
  }
  if (fitting === 0 && rows.length > 0) return undefined
  const hidden = rows.length - fitting
  const shown = rows.slice(0, fitting).map((row) => `\n${row}`)
  return `${before}${shown.join('')}${hidden > 0 ? more(hidden) : ''}${after}`
}

function size(text: string): number {
  return Buffer.byteLength(text)
}
