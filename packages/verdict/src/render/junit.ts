import type { Finding, Level } from '../finding.js'
import { oneLine } from '../plain-text.js'
import type { Report } from '../report.js'
import type { Verdict } from '../verdict.js'
import { place } from './shown.js'

/** What counts against the subject; a missing entry is a case that passed. */
const KIND: Partial<Record<Verdict | Level, 'failure' | 'error'>> = {
  fail: 'failure',
  error: 'failure',
  inconclusive: 'error',
  unknown: 'error',
}

/**
 * The report as JUnit XML (the dialect of Jenkins' junit-10.xsd). The first case is the verdict itself, so that a
 * reader which only counts failures counts right; then a case for each finding, waived ones as skipped.
 */
export function toJunit(report: Report): string {
  const cases = [
    verdictCase(report),
    ...report.findings.map((finding) => findingCase(finding, report.action)),
  ]
  const count = (element: string) => cases.filter((text) => text.includes(`<${element} `)).length
  const totals = `tests="${cases.length}" failures="${count('failure')}" errors="${count('error')}"`
  const suite = `name="sluice/${attribute(report.action)}" ${totals}`
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites ${totals}>`,
    `  <testsuite ${suite} skipped="${count('skipped')}" timestamp="${report.finishedAt.slice(0, 19)}">`,
    ...cases,
    '  </testsuite>',
    '</testsuites>',
    '',
  ].join('\n')
}

function verdictCase(report: Report): string {
  const { verdict, headline, error, action } = report
  const told = error ? `${error.code}: ${headline} ${error.remedy}` : headline
  const kind = KIND[verdict]
  return testCase('verdict', action, kind && element(kind, verdict, told), kind ? undefined : told)
}

function findingCase(finding: Finding, action: string): string {
  const where = finding.location ? `${place(finding.location)} ` : ''
  const name = `${where}${finding.rule} ${finding.fingerprint.slice(0, 12)}`
  const told = [finding.message, finding.remedy].filter(Boolean).join(' ')
  if (finding.waivedBy) {
    const { reason, owner, expires } = finding.waivedBy
    return testCase(name, action, element('skipped', '', `${reason} (${owner}, until ${expires})`))
  }
  const kind = KIND[finding.level]
  return testCase(name, action, kind && element(kind, finding.rule, told), kind ? undefined : told)
}

function testCase(name: string, action: string, outcome: string | undefined, output?: string): string {
  const body = outcome ?? `<system-out>${escapeXml(output ?? '')}</system-out>`
  return `    <testcase classname="sluice.${attribute(action)}" name="${attribute(name)}">${body}</testcase>`
}

function element(name: 'failure' | 'error' | 'skipped', type: string, message: string): string {
  const typed = type === '' ? '' : ` type="${attribute(type)}"`
  return `<${name} message="${attribute(message)}"${typed}/>`
}

function attribute(text: string): string {
  return escapeXml(text).replaceAll('"', '&quot;')
}

/** Also takes out the two code points that `oneLine` lets pass and XML 1.0 forbids. */
function escapeXml(text: string): string {
  return oneLine(text)
    .replace(/[\uFFFE\uFFFF]/g, '\uFFFD')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
}
