import { PROJECT, type Statement, type Subject, statement, type Verdict } from '@sluice/verdict'
import type { Vulnerability } from '../vulnerability.js'

/** in-toto/attestation spec/predicates/vulns_02.md */
export const VULNS_TYPE = 'https://in-toto.io/attestation/vulns/v0.2'

export interface VulnsParts {
  readonly verdict: Verdict
  readonly vulnerabilities: readonly Vulnerability[]
  /** What findings were waived, by vulnerability id and package. */
  readonly waived: ReadonlySet<string>
  readonly database: { readonly uri: string; readonly version?: string; readonly lastUpdate: string }
  /** Other scanners whose reports were taken in. */
  readonly reports: readonly string[]
  readonly images: readonly { readonly digest: string; readonly platform?: string }[]
  readonly startedAt: Date
  readonly finishedAt: Date
}

/**
 * A vulns v0.2 statement. Beyond the published members, `metadata` carries the verdict under the rules that
 * held, the images that were examined, and the reports; consumers ignore members that they do not know.
 */
export function vulnsStatement(subject: Subject, parts: VulnsParts): Statement {
  const { database, startedAt, finishedAt } = parts
  return statement(subject, VULNS_TYPE, {
    scanner: {
      uri: `https://github.com/${PROJECT.repository}/tree/v${PROJECT.version}/actions/image-scan`,
      version: PROJECT.version,
      db: {
        uri: database.uri,
        ...(database.version === undefined ? {} : { version: database.version }),
        lastUpdate: database.lastUpdate,
      },
      result: parts.vulnerabilities.map((found) => toResult(found, parts.waived)),
    },
    metadata: {
      scanStartedOn: startedAt.toISOString(),
      scanFinishedOn: finishedAt.toISOString(),
      verdict: parts.verdict,
      images: parts.images.map(({ digest, platform }) => ({
        digest,
        ...(platform === undefined ? {} : { platform }),
      })),
      reports: parts.reports,
    },
  })
}

function toResult(found: Vulnerability, waived: ReadonlySet<string>): Record<string, unknown> {
  const { id, package: item, severity, score, fixed, sources } = found
  return {
    id,
    severity: [
      { method: 'sluice', score: severity },
      ...(score === undefined ? [] : [{ method: 'cvss_score', score: score.toFixed(1) }]),
    ],
    annotations: [
      { package: item.name },
      { version: item.version },
      ...(item.purl === undefined ? [] : [{ purl: item.purl }]),
      { fixed: fixed.join(', ') },
      { sources: sources.join(', ') },
      { waived: String(waived.has(waivedKey(found))) },
    ],
  }
}

/** Names a vulnerability of a package in `VulnsParts.waived`. */
export function waivedKey({ id, package: item }: Vulnerability): string {
  return `${id} ${item.name}`
}
