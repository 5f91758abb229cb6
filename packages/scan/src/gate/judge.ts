import type { ImageScanSettings } from '@sluice/config'
import { type Finding, fingerprint, type Level } from '@sluice/verdict'
import { atLeast, type Gap, type Vulnerability } from '../vulnerability.js'

/** What of the settings decides about a vulnerability. */
export type GateRules = Pick<ImageScanSettings, 'failOn' | 'warnOn' | 'unknownSeverity' | 'fixableOnly'>

const LEVELS = { fail: 'error', warn: 'warning', note: 'note' } as const

/** The level of one vulnerability under the rules. Pure. */
export function levelOf(found: Vulnerability, rules: GateRules): Level {
  if (rules.fixableOnly && found.fixed.length === 0) return 'note'
  if (found.severity === 'unknown') return LEVELS[rules.unknownSeverity]
  if (atLeast(found.severity, rules.failOn)) return 'error'
  return atLeast(found.severity, rules.warnOn) ? 'warning' : 'note'
}

/**
 * A finding for each vulnerability, the worst first. The fingerprint names the vulnerability and the package
 * without its version, so that a waiver outlives an upgrade that does not mend it.
 */
export function judgeVulnerabilities(all: readonly Vulnerability[], rules: GateRules): Finding[] {
  return [...all]
    .sort((a, b) => atLeastOrder(b) - atLeastOrder(a) || a.id.localeCompare(b.id))
    .map((found) => ({
      rule: 'image/vulnerability',
      level: levelOf(found, rules),
      message: describe(found),
      fingerprint: fingerprint('image/vulnerability', found.id, found.package.name),
      remedy: remedyOf(found),
      help: `https://osv.dev/vulnerability/${encodeURIComponent(found.id)}`,
    }))
}

/** A finding for each gap. */
export function judgeGaps(gaps: readonly Gap[]): Finding[] {
  return gaps.map(({ rule, level, message, remedy }) => ({
    rule,
    level,
    message,
    fingerprint: fingerprint(rule, message),
    remedy,
  }))
}

function atLeastOrder({ severity, score }: Vulnerability): number {
  const rank = { unknown: 0, low: 1, medium: 2, high: 3, critical: 4 }[severity]
  return rank * 100 + (score ?? 0)
}

function describe({ id, package: item, severity, score, fixed }: Vulnerability): string {
  const rating = severity === 'unknown' ? 'severity unknown' : severity
  const cvss = score === undefined ? '' : ` (CVSS ${score.toFixed(1)})`
  const mended = fixed.length === 0 ? 'no fix is known' : `fixed in ${fixed.join(', ')}`
  return `${item.name} ${item.version}: ${id}, ${rating}${cvss}; ${mended}.`
}

function remedyOf({ package: item, fixed }: Vulnerability): string {
  if (fixed.length === 0)
    return `Remove ${item.name} from the image, or waive this with a reason and an expiry.`
  return `Rebuild the image with ${item.name} ${fixed[0]} or later.`
}
