import * as v from 'valibot'
import { severityOfWord } from '../severity.js'
import type { Vulnerability } from '../vulnerability.js'
import { digestIn, packageOf, parseReport, type ScannerReport, s } from './report.js'

const match = v.object({
  vulnerability: v.object({
    id: s.text,
    severity: s.maybe(s.text),
    fix: s.maybe(v.object({ versions: s.maybe(s.list(s.text)) })),
    cvss: s.maybe(
      s.list(
        v.object({
          version: s.maybe(s.text),
          metrics: s.maybe(v.object({ baseScore: s.maybe(v.number()) })),
        }),
      ),
    ),
  }),
  relatedVulnerabilities: s.maybe(s.list(v.object({ id: s.text }))),
  artifact: v.object({
    name: s.text,
    version: s.text,
    purl: s.maybe(s.text),
    locations: s.maybe(s.list(v.object({ path: s.maybe(s.text) }))),
  }),
})

// Grype JSON (anchore/grype v0.116, grype/presenter/models/document.go).
const schema = v.object({
  matches: s.list(match),
  source: s.maybe(v.object({ type: s.maybe(s.text), target: v.exactOptional(v.unknown()) })),
  distro: s.maybe(v.object({ name: s.maybe(s.text) })),
  descriptor: v.object({
    name: v.literal('grype'),
    version: s.maybe(s.text),
    db: s.maybe(
      v.object({
        built: s.maybe(s.text),
        status: s.maybe(v.object({ built: s.maybe(s.text), error: v.exactOptional(v.unknown()) })),
      }),
    ),
  }),
})

const image = v.object({
  imageID: s.maybe(s.text),
  manifestDigest: s.maybe(s.text),
  repoDigests: s.maybe(s.list(s.text)),
})

/** Reads a report of `grype --output json`. @throws SluiceError REPORT_MALFORMED */
export function readGrype(json: unknown, file: string): ScannerReport {
  const { matches, source, distro, descriptor } = parseReport(schema, json, 'Grype', file)
  const target = v.safeParse(image, source?.target)
  const built = descriptor.db?.status?.built ?? descriptor.db?.built
  const doubts: string[] = []
  if (source?.type !== 'image')
    doubts.push(`it is about a ${source?.type ?? 'source without a type'} and not about an image`)
  if (!built) doubts.push('it does not say when its database was built')
  if (descriptor.db?.status?.error) doubts.push('its database reports an error')
  if (matches.length === 0 && !distro?.name) doubts.push('it found no distribution in the image')
  return {
    tool: 'grype',
    ...(descriptor.version ? { toolVersion: descriptor.version } : {}),
    ...(built ? { databaseBuilt: built } : {}),
    digests: target.success
      ? [target.output.imageID, target.output.manifestDigest, ...(target.output.repoDigests ?? [])].flatMap(
          digestIn,
        )
      : [],
    vulnerabilities: matches.map(toVulnerability),
    doubts,
  }
}

function toVulnerability({
  vulnerability,
  relatedVulnerabilities,
  artifact,
}: v.InferOutput<typeof match>): Vulnerability {
  const scores = (vulnerability.cvss ?? []).flatMap(({ version, metrics }) =>
    version?.startsWith('3') ? (metrics?.baseScore ?? []) : [],
  )
  return {
    id: vulnerability.id,
    aliases: (relatedVulnerabilities ?? []).map(({ id }) => id).filter((id) => id !== vulnerability.id),
    package: packageOf(artifact.name, artifact.version, artifact.purl, artifact.locations?.[0]?.path),
    severity: severityOfWord(vulnerability.severity),
    ...(scores.length === 0 ? {} : { score: Math.max(...scores) }),
    fixed: (vulnerability.fix?.versions ?? []).filter((version) => version !== ''),
    sources: ['grype'],
  }
}
