import {
  type AdvisoryDatabase,
  type InventoriedImage,
  type Vulnerability,
  vulnsStatement,
  waivedKey,
} from '@sluice/scan'
import {
  type Finding,
  fingerprint,
  type Section,
  type Statement,
  type Subject,
  type Verdict,
} from '@sluice/verdict'
import type { TakenReports } from './take-reports.js'

/** All that a scan came to know. */
export interface Scanned {
  readonly name: string
  readonly digest: string
  readonly images: readonly InventoriedImage[]
  readonly vulnerabilities: readonly Vulnerability[]
  readonly findings: readonly Finding[]
  readonly verdict: Verdict
  readonly reports: TakenReports
  /** Absent when only reports spoke. */
  readonly database?: AdvisoryDatabase
  readonly advisories?: string
  readonly startedAt: Date
  readonly finishedAt: Date
}

/** What was decided and why, in one line. */
export function headline(scanned: Scanned): string {
  const { images, findings, vulnerabilities, database } = scanned
  const live = findings.filter((finding) => finding.waivedBy === undefined)
  const failing = live.filter(({ level }) => level === 'error')
  const worst = failing.find(({ rule }) => rule === 'image/vulnerability')
  if (worst !== undefined) {
    const count = failing.filter(({ rule }) => rule === 'image/vulnerability').length
    return `${count} ${count === 1 ? 'vulnerability fails' : 'vulnerabilities fail'} the image: ${worst.message}`
  }
  if (failing.length > 0) return failing[0]!.message
  const unknown = live.find(({ level }) => level === 'unknown')
  if (unknown !== undefined) return `Not decided: ${unknown.message}`
  const packages = new Set(images.flatMap(({ inventory }) => inventory.packages.map(({ purl }) => purl))).size
  const known =
    vulnerabilities.length === 0
      ? 'no known vulnerability'
      : `${vulnerabilities.length} known, none of which fails`
  const as =
    database === undefined
      ? 'by the reports given'
      : `by ${database.total} advisories as of ${database.lastUpdate.slice(0, 10)}`
  return `${packages} packages, ${known}, ${as}.`
}

export function sections(scanned: Scanned): Section[] {
  const { images, vulnerabilities, findings, database, reports } = scanned
  const byFingerprint = new Map(findings.map((finding) => [finding.fingerprint, finding]))
  const rows = vulnerabilities.map((found) => {
    const finding = byFingerprint.get(keyOf(found))
    const result = finding?.waivedBy === undefined ? (finding?.level ?? '') : 'waived'
    const score = found.score === undefined ? '' : found.score.toFixed(1)
    return [
      found.id,
      found.package.name,
      found.package.version,
      found.severity,
      score,
      found.fixed.join(', '),
      result,
    ]
  })
  return [
    {
      kind: 'table',
      title: 'Vulnerabilities',
      columns: ['Id', 'Package', 'Installed', 'Severity', 'CVSS', 'Fixed in', 'Result'],
      rows,
      open: true,
    },
    {
      kind: 'table',
      title: 'Images examined',
      columns: ['Digest', 'Platform', 'Distribution', 'Packages', 'Files seen'],
      rows: images.map(({ digest, platform, inventory, entries }) => [
        digest,
        platform ?? '',
        inventory.distribution?.name ?? 'unknown',
        String(inventory.packages.length),
        String(entries),
      ]),
    },
    {
      kind: 'table',
      title: 'Judged by',
      columns: ['Source', 'Version', 'Last update', 'Records'],
      rows: [
        ...(database === undefined
          ? []
          : [['OSV records', `sha256:${database.sha256}`, database.lastUpdate, String(database.total)]]),
        ...reports.reports.map(({ tool, toolVersion, databaseBuilt, vulnerabilities: found }) => [
          tool,
          toolVersion ?? '',
          databaseBuilt ?? '',
          String(found.length),
        ]),
      ],
    },
  ]
}

export function evidence(subject: Subject, scanned: Scanned): Statement {
  const { database, reports, findings, vulnerabilities } = scanned
  const waivedPrints = new Set(
    findings.filter(({ waivedBy }) => waivedBy !== undefined).map((finding) => finding.fingerprint),
  )
  const built = reports.reports.flatMap(({ databaseBuilt }) => databaseBuilt ?? []).sort()
  return vulnsStatement(subject, {
    verdict: scanned.verdict,
    vulnerabilities,
    waived: new Set(vulnerabilities.filter((found) => waivedPrints.has(keyOf(found))).map(waivedKey)),
    database:
      database === undefined
        ? { uri: 'urn:sluice:reports', lastUpdate: built[0] ?? '1970-01-01T00:00:00Z' }
        : { uri: 'https://osv.dev', version: `sha256:${database.sha256}`, lastUpdate: database.lastUpdate },
    reports: reports.reports.map(({ tool, toolVersion }) => [tool, toolVersion].filter(Boolean).join(' ')),
    images: scanned.images,
    startedAt: scanned.startedAt,
    finishedAt: scanned.finishedAt,
  })
}

function keyOf({ id, package: item }: Vulnerability): string {
  return fingerprint('image/vulnerability', id, item.name)
}
