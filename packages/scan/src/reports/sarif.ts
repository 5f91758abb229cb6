import * as v from 'valibot'
import { severityOfScore, severityOfWord } from '../severity.js'
import { preferredId, type Vulnerability, worstSeverity } from '../vulnerability.js'
import { packageOf, parseReport, type ScannerReport, s } from './report.js'

const rule = v.object({
  id: s.text,
  properties: s.maybe(v.record(v.string(), v.unknown())),
})

const result = v.object({
  ruleId: s.maybe(s.text),
  ruleIndex: s.maybe(v.number()),
  kind: s.maybe(s.text),
  level: s.maybe(s.text),
  message: s.maybe(v.object({ text: s.maybe(s.text) })),
  suppressions: s.maybe(s.list(v.unknown())),
  locations: s.maybe(
    s.list(
      v.object({
        physicalLocation: s.maybe(
          v.object({ artifactLocation: s.maybe(v.object({ uri: s.maybe(s.text) })) }),
        ),
      }),
    ),
  ),
})

// SARIF 2.1.0 (OASIS), as scanners of images write it.
const schema = v.object({
  version: v.literal('2.1.0'),
  runs: s.list(
    v.object({
      tool: v.object({
        driver: v.object({
          name: s.text,
          version: s.maybe(s.text),
          semanticVersion: s.maybe(s.text),
          rules: s.maybe(s.list(rule)),
        }),
      }),
      invocations: s.maybe(s.list(v.object({ executionSuccessful: s.maybe(v.boolean()) }))),
      results: s.maybe(s.list(result)),
    }),
  ),
})

const ID = /(?:CVE-\d{4}-\d{4,}|GHSA(?:-[0-9a-z]{4}){3}|[A-Z]{2,}(?:-[A-Z]+)*-\d{4}[-:]\d+(?:-\d+)?)/

/**
 * Reads a SARIF file of a scanner of images. SARIF names packages only in prose, so findings carry what the
 * message says; a native JSON report tells more. @throws SluiceError REPORT_MALFORMED
 */
export function readSarif(json: unknown, file: string): ScannerReport {
  const { runs } = parseReport(schema, json, 'SARIF 2.1.0', file)
  const doubts: string[] = []
  if (runs.length === 0) doubts.push('it holds no run')
  for (const { tool, invocations, results } of runs) {
    if (invocations?.some(({ executionSuccessful }) => executionSuccessful === false)) {
      doubts.push(`the run of ${tool.driver.name} was not successful`)
    }
    if (!results) doubts.push(`the run of ${tool.driver.name} holds no results, not even an empty list`)
  }
  const [first] = runs
  const version = first?.tool.driver.semanticVersion ?? first?.tool.driver.version
  return {
    tool: first?.tool.driver.name ?? 'SARIF',
    ...(version ? { toolVersion: version } : {}),
    digests: [],
    vulnerabilities: runs.flatMap(toVulnerabilities),
    doubts,
  }
}

function toVulnerabilities({ tool, results }: v.InferOutput<typeof schema>['runs'][number]): Vulnerability[] {
  const rules = tool.driver.rules ?? []
  return (results ?? []).flatMap((entry) => {
    if (entry.kind === 'pass' || entry.kind === 'notApplicable' || (entry.suppressions?.length ?? 0) > 0)
      return []
    const ruleId = entry.ruleId ?? rules[entry.ruleIndex ?? -1]?.id ?? 'unnamed'
    const properties = rules.find(({ id }) => id === ruleId)?.properties ?? {}
    const message = entry.message?.text ?? ''
    const score = Number(properties['security-severity'] ?? Number.NaN)
    const id = preferredId([ID.exec(ruleId)?.[0] ?? ID.exec(message)?.[0] ?? ruleId])
    const field = (name: string) => new RegExp(`^${name}:[ \\t]*(\\S+)`, 'im').exec(message)?.[1]
    const name =
      field('Package') ?? (ruleId.startsWith(`${id}-`) ? ruleId.slice(id.length + 1) : tool.driver.name)
    const uri = entry.locations?.[0]?.physicalLocation?.artifactLocation?.uri
    return {
      id,
      aliases: [],
      package: packageOf(name, field('Installed Version') ?? '', undefined, uri),
      severity: worstSeverity([severityOfScore(score), severityOfWord(field('Severity'))]),
      ...(Number.isNaN(score) ? {} : { score }),
      fixed: [field('Fixed Version')].flatMap((fixed) => fixed ?? []),
      sources: [tool.driver.name.toLowerCase()],
    }
  })
}
