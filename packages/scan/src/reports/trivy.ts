import * as v from 'valibot'
import { severityOfWord } from '../severity.js'
import { type Vulnerability, worstSeverity } from '../vulnerability.js'
import { digestIn, packageOf, parseReport, type ScannerReport, s } from './report.js'

const cvss = v.object({ V3Score: s.maybe(v.number()), V40Score: s.maybe(v.number()) })

const finding = v.object({
  VulnerabilityID: s.text,
  VendorIDs: s.maybe(s.list(s.text)),
  PkgName: s.text,
  PkgPath: s.maybe(s.text),
  PkgIdentifier: s.maybe(v.object({ PURL: s.maybe(s.text) })),
  InstalledVersion: s.text,
  FixedVersion: s.maybe(s.text),
  Severity: s.maybe(s.text),
  CVSS: s.maybe(v.record(v.string(), cvss)),
})

// Trivy JSON, SchemaVersion 2 (aquasecurity/trivy v0.74, pkg/types/report.go).
const schema = v.object({
  SchemaVersion: v.literal(2),
  ArtifactName: s.maybe(s.text),
  ArtifactType: s.maybe(s.text),
  Trivy: s.maybe(v.object({ Version: s.maybe(s.text) })),
  Metadata: s.maybe(
    v.object({
      ImageID: s.maybe(s.text),
      RepoDigests: s.maybe(s.list(s.text)),
      OS: s.maybe(v.object({ Family: s.maybe(s.text), EOSL: s.maybe(v.boolean()) })),
    }),
  ),
  Results: s.maybe(
    s.list(
      v.object({
        Target: s.maybe(s.text),
        Class: s.maybe(s.text),
        Vulnerabilities: s.maybe(s.list(finding)),
      }),
    ),
  ),
})

/** Reads a report of `trivy image --format json`. @throws SluiceError REPORT_MALFORMED */
export function readTrivy(json: unknown, file: string): ScannerReport {
  const report = parseReport(schema, json, 'Trivy', file)
  const results = report.Results ?? []
  const examined = results.filter((result) => result.Class === undefined || /-pkgs$/.test(result.Class ?? ''))
  const doubts: string[] = []
  if (report.ArtifactType && report.ArtifactType !== 'container_image') {
    doubts.push(`it is about a ${report.ArtifactType} and not about an image`)
  }
  if (examined.length === 0) doubts.push('it lists no packages that were examined')
  if (report.Metadata?.OS?.EOSL) doubts.push('the distribution gets no more security updates')
  return {
    tool: 'trivy',
    ...(report.Trivy?.Version ? { toolVersion: report.Trivy.Version } : {}),
    digests: [
      ...digestIn(report.Metadata?.ImageID),
      ...(report.Metadata?.RepoDigests ?? []).flatMap(digestIn),
    ],
    vulnerabilities: results.flatMap(({ Vulnerabilities }) => (Vulnerabilities ?? []).map(toVulnerability)),
    doubts,
  }
}

function toVulnerability(found: v.InferOutput<typeof finding>): Vulnerability {
  const scores = Object.values(found.CVSS ?? {}).flatMap(({ V3Score }) => V3Score ?? [])
  return {
    id: found.VulnerabilityID,
    aliases: found.VendorIDs ?? [],
    package: packageOf(found.PkgName, found.InstalledVersion, found.PkgIdentifier?.PURL, found.PkgPath),
    severity: worstSeverity([severityOfWord(found.Severity)]),
    ...(scores.length === 0 ? {} : { score: Math.max(...scores) }),
    fixed: (found.FixedVersion ?? '').split(',').flatMap((part) => part.trim() || []),
    sources: ['trivy'],
  }
}
