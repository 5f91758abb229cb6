import * as v from 'valibot'
import { cvss3BaseScore, severityOfScore, severityOfWord } from '../severity.js'
import { preferredId, type Vulnerability, worstSeverity } from '../vulnerability.js'
import { packageOf, parseReport, type ScannerReport, s } from './report.js'

const record = v.object({
  id: s.text,
  severity: s.maybe(s.list(v.object({ type: s.text, score: s.text }))),
  database_specific: s.maybe(v.record(v.string(), v.unknown())),
  affected: s.maybe(
    s.list(
      v.object({
        package: s.maybe(v.object({ name: s.maybe(s.text), ecosystem: s.maybe(s.text) })),
        ranges: s.maybe(
          s.list(v.object({ type: s.text, events: s.list(v.object({ fixed: s.maybe(s.text) })) })),
        ),
      }),
    ),
  ),
})

const found = v.object({
  package: v.object({
    name: s.text,
    version: s.maybe(s.text),
    ecosystem: s.maybe(s.text),
    os_package_name: s.maybe(s.text),
  }),
  groups: s.maybe(
    s.list(
      v.object({ ids: s.list(s.text), aliases: s.maybe(s.list(s.text)), max_severity: s.maybe(s.text) }),
    ),
  ),
  vulnerabilities: s.maybe(s.list(record)),
})

// OSV-Scanner JSON (google/osv-scanner v2.5, pkg/models/results.go).
const schema = v.object({
  results: s.list(v.object({ packages: s.maybe(s.list(found)) })),
  image_metadata: s.maybe(v.object({ os: s.maybe(s.text) })),
})

/** Reads a report of `osv-scanner scan image --format json`. @throws SluiceError REPORT_MALFORMED */
export function readOsvScanner(json: unknown, file: string): ScannerReport {
  const report = parseReport(schema, json, 'OSV-Scanner', file)
  const packages = report.results.flatMap((result) => result.packages ?? [])
  // It lists only packages with findings unless told `--all-packages`, so an empty list proves nothing
  // (google/osv-scanner#2983: matching was off, and the report was empty).
  const doubts = packages.length === 0 ? ['it lists no packages; run osv-scanner with `--all-packages`'] : []
  return { tool: 'osv-scanner', digests: [], vulnerabilities: packages.flatMap(toVulnerabilities), doubts }
}

function toVulnerabilities({
  package: item,
  groups,
  vulnerabilities,
}: v.InferOutput<typeof found>): Vulnerability[] {
  const records = new Map((vulnerabilities ?? []).map((entry) => [entry.id, entry]))
  return (groups ?? []).map(({ ids, aliases, max_severity }) => {
    const names = [...new Set([...ids, ...(aliases ?? [])])]
    const own = ids.flatMap((id) => records.get(id) ?? [])
    const score = max_severity && /^\d+(?:\.\d+)?$/.test(max_severity) ? Number(max_severity) : undefined
    const vectors = own.flatMap(({ severity }) =>
      (severity ?? []).flatMap((entry) => cvss3BaseScore(entry.score) ?? []),
    )
    const scores = [...(score === undefined ? [] : [score]), ...vectors]
    const id = preferredId(names)
    return {
      id,
      aliases: names.filter((name) => name !== id),
      package: packageOf(item.os_package_name || item.name, item.version ?? '', undefined),
      severity: worstSeverity([
        ...scores.map(severityOfScore),
        ...own.map((entry) => severityOfWord(entry.database_specific?.['severity'])),
      ]),
      ...(scores.length === 0 ? {} : { score: Math.max(...scores) }),
      fixed: [...new Set(own.flatMap((entry) => fixesOf(entry, item.name, item.ecosystem)))],
      sources: ['osv-scanner'],
    }
  })
}

function fixesOf(
  entry: v.InferOutput<typeof record>,
  name: string,
  ecosystem: string | null | undefined,
): string[] {
  const about = (entry.affected ?? []).filter(
    (affected) =>
      affected.package?.name === name &&
      (!ecosystem || !affected.package.ecosystem || affected.package.ecosystem === ecosystem),
  )
  return about.flatMap(({ ranges }) =>
    (ranges ?? []).flatMap(({ type, events }) =>
      type === 'GIT' ? [] : events.flatMap(({ fixed }) => fixed ?? []),
    ),
  )
}
