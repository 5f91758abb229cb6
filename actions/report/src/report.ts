import { SluiceError } from '@sluice/errors'
import type { Context } from '@sluice/toolkit'
import { type Finding, fingerprint, type Result, resultOf, type Section, worst } from '@sluice/verdict'
import type { Inputs } from './action.js'
import { makePage } from './page.js'
import { chartsOf, type GateReport, isStatement, parseReport } from './read-report.js'

const REPORTS = 64

/** Reads the gates' reports and puts them together. What a gate found stays its own: it has annotated it already. */
export async function gatherReports(inputs: Inputs, context: Context): Promise<Result> {
  const all = await context.workspace.glob(inputs.reports)
  const files = all.filter((file) => !isStatement(file))
  if (files.length === 0 || files.length > REPORTS) {
    throw new SluiceError(
      'GATE_REPORT_NOT_FOUND',
      `\`reports\` names ${files.length} reports; expected 1 to ${REPORTS}.`,
      { remedy: 'Let `reports` name the files of the output `report` of the gates, and run it after them.' },
    )
  }
  const reports: GateReport[] = []
  for (const file of files) reports.push(parseReport(file, await context.workspace.readText(file)))
  const result = combine(reports, inputs.expected)
  if (!inputs.page) return { ...result, outputs: { ...result.outputs, page: '' } }
  const page = await makePage(all, inputs, context)
  const [gates, ...rest] = result.sections
  const sections = [gates!, ...whereabouts(inputs.pageArtifact), ...rest]
  return { ...result, sections, outputs: { ...result.outputs, page } }
}

/** One result of several: the worst verdict, a row for each gate, and the findings of those that do not pass. */
export function combine(reports: readonly GateReport[], expected: readonly string[]): Result {
  const missing = expected.filter((name) => !reports.some(({ action }) => action === name)).map(absent)
  const failed = reports.filter(({ verdict }) => verdict === 'fail').map(({ action }) => action)
  return resultOf({
    verdict: worst([...reports.map(({ verdict }) => verdict), ...missing.map(() => 'inconclusive' as const)]),
    headline: headline(reports, missing.length),
    findings: missing,
    sections: [overview(reports), ...reports.flatMap(chartsOf), ...reports.flatMap(details)],
    outputs: { reports: String(reports.length), failed: failed.join('\n') },
  })
}

function headline(reports: readonly GateReport[], missing: number): string {
  const passed = reports.filter(({ verdict }) => verdict === 'pass' || verdict === 'warn').length
  const worstOnes = reports.filter(({ verdict }) => verdict === 'fail' || verdict === 'inconclusive')
  const all = reports.length + missing
  const [first] = [...worstOnes].sort((a) => (a.verdict === 'fail' ? -1 : 1))
  if (first !== undefined)
    return `${passed} of ${all} gates let it through. ${first.action}: ${first.headline}`
  if (missing > 0) return `${passed} of ${all} gates let it through; ${missing} did not report.`
  return `All ${all} gates let it through.`
}

function absent(name: string): Finding {
  return {
    rule: 'report/missing',
    level: 'unknown',
    message: `${name} did not report, so what it examines is not known.`,
    fingerprint: fingerprint('report/missing', name),
    remedy: 'Look into the log of its job; it ended before it could write its report.',
  }
}

function whereabouts(artifact: string | undefined): Section[] {
  if (artifact === undefined) return []
  const text = `The artifact ${artifact} of this run holds the report as one HTML page, with charts.`
  return [{ kind: 'text', title: 'Page', text }]
}

function overview(reports: readonly GateReport[]): Section {
  return {
    kind: 'table',
    title: 'Gates',
    columns: ['Gate', 'Verdict', 'Why'],
    rows: reports.map(({ action, verdict, headline }) => [action, verdict, headline]),
    open: true,
  }
}

function details({ action, verdict, findings, error }: GateReport): Section[] {
  const live = findings.filter(({ level, waivedBy }) => level !== 'note' && waivedBy === undefined)
  const rows = live.map(({ level, rule, message, location, remedy }) => [
    level === 'unknown' ? 'undecided' : level,
    rule,
    location === undefined ? '' : `${location.file}${location.line ? `:${location.line}` : ''}`,
    message,
    remedy ?? '',
  ])
  if (error !== undefined) rows.unshift(['error', error.code, '', error.message, error.remedy])
  if (rows.length === 0) return []
  const columns = ['Level', 'Rule', 'Where', 'What was found', 'What to do']
  return [{ kind: 'table', title: action, columns, rows, open: verdict === 'fail' && rows.length <= 10 }]
}
