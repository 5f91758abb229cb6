import type { Finding, Level, Location } from '../finding.js'
import { oneLine } from '../plain-text.js'
import { PROJECT } from '../project.js'
import type { Report } from '../report.js'
import { inRepository } from './annotations.js'
import { webAddress } from './web-address.js'

/** GitHub code scanning refuses a run with more results (docs, SARIF support for code scanning). */
const RESULT_LIMIT = 25_000

const LEVEL: Record<Level, 'error' | 'warning' | 'note'> = {
  error: 'error',
  // Code scanning lets a result of kind `open` pass in silence; what could not be decided must not.
  unknown: 'error',
  warning: 'warning',
  note: 'note',
}

/**
 * The report as SARIF 2.1.0 (OASIS), with the fields that GitHub code scanning requires.
 * @param base folder of the findings' files in the repository, `.` for its root
 */
export function toSarif(report: Report, base = '.'): string {
  const findings = report.findings.slice(0, RESULT_LIMIT)
  const rules = [...new Set(findings.map((finding) => finding.rule))]
  const log = {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: `${PROJECT.name} ${report.action}`,
            version: report.version,
            semanticVersion: report.version,
            informationUri: `https://github.com/${PROJECT.repository}`,
            rules: rules.map((id) => describeRule(id, findings)),
          },
        },
        automationDetails: { id: `sluice/${report.action}/` },
        invocations: [invocation(report, report.findings.length - findings.length)],
        results: findings.map((finding) => toResult(finding, rules, report.action, base)),
        properties: { verdict: report.verdict, headline: oneLine(report.headline) },
      },
    ],
  }
  return `${JSON.stringify(log, null, 2)}\n`
}

function describeRule(id: string, findings: readonly Finding[]) {
  const first = findings.find((finding) => finding.rule === id)
  const helpUri = webAddress(first?.help ?? '')
  return {
    id,
    name: id,
    shortDescription: { text: oneLine(id) },
    ...(first?.remedy ? { help: { text: oneLine(first.remedy) } } : {}),
    ...(helpUri ? { helpUri } : {}),
  }
}

function toResult(finding: Finding, rules: readonly string[], action: string, base: string) {
  const prefix = finding.level === 'unknown' ? 'Not decided: ' : ''
  const remedy = finding.remedy ? ` ${oneLine(finding.remedy)}` : ''
  return {
    ruleId: finding.rule,
    ruleIndex: rules.indexOf(finding.rule),
    kind: 'fail',
    level: LEVEL[finding.level],
    message: { text: `${prefix}${oneLine(finding.message)}${remedy}` },
    // Code scanning refuses a file in which a result has no location; scanners of images name the subject too.
    locations: [
      finding.location ? toLocation(finding.location, base) : toLocation({ file: `sluice/${action}` }, '.'),
    ],
    partialFingerprints: { 'sluice/v1': finding.fingerprint },
    properties: { level: finding.level },
    ...(finding.waivedBy
      ? {
          suppressions: [
            {
              kind: 'external',
              status: 'accepted',
              justification: oneLine(
                `${finding.waivedBy.reason} (${finding.waivedBy.owner}, until ${finding.waivedBy.expires})`,
              ),
            },
          ],
        }
      : {}),
  }
}

function toLocation(at: Location, base: string) {
  const { line, column, endLine, endColumn } = at
  const region = {
    startLine: line ?? 1,
    ...(line !== undefined && column !== undefined ? { startColumn: column } : {}),
    ...(line !== undefined && endLine !== undefined ? { endLine } : {}),
    ...(line !== undefined && endColumn !== undefined ? { endColumn } : {}),
  }
  return { physicalLocation: { artifactLocation: { uri: toUri(inRepository(at.file, base)) }, region } }
}

/** A relative URI reference, or a file URI for an absolute path. */
function toUri(file: string): string {
  const path = file.toWellFormed().split('/').map(encodeURIComponent).join('/')
  return path.startsWith('/') ? `file://${path}` : path
}

function invocation(report: Report, dropped: number) {
  const notes = [
    ...(report.error
      ? [
          {
            level: 'error',
            descriptor: { id: report.error.code },
            message: { text: oneLine(`${report.error.message} ${report.error.remedy}`) },
          },
        ]
      : []),
    ...(dropped > 0
      ? [{ level: 'warning', message: { text: `${dropped} more findings stand in the JSON report.` } }]
      : []),
  ]
  return {
    executionSuccessful: report.error === undefined,
    endTimeUtc: report.finishedAt,
    ...(notes.length > 0 ? { toolExecutionNotifications: notes } : {}),
  }
}
