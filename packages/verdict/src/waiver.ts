import type { Finding } from './finding.js'
import { fingerprint } from './fingerprint.js'

/** An accepted finding. Names a rule (optionally only below a path) or one fingerprint. */
export interface Waiver {
  readonly rule?: string
  readonly fingerprint?: string
  /** Restricts `rule` to findings in this file or below this folder. */
  readonly path?: string
  readonly reason: string
  readonly owner: string
  /** Last day on which it holds, `YYYY-MM-DD` in UTC. */
  readonly expires: string
}

/**
 * Marks the findings that a waiver in force accepts, and adds a finding for each expired waiver that would
 * have applied, so that an expiry is seen before its reason is forgotten.
 * @param today `YYYY-MM-DD` in UTC
 */
export function applyWaivers(
  findings: readonly Finding[],
  waivers: readonly Waiver[],
  today: string,
): Finding[] {
  const result: Finding[] = []
  const expired = new Set<Waiver>()
  for (const finding of findings) {
    const matching = waivers.filter((waiver) => covers(waiver, finding))
    const holding = matching.find((waiver) => waiver.expires >= today)
    if (holding) {
      const { owner, reason, expires } = holding
      result.push({ ...finding, waivedBy: { owner, reason, expires } })
    } else {
      result.push(finding)
      for (const waiver of matching) expired.add(waiver)
    }
  }
  for (const waiver of expired) {
    const about = waiver.fingerprint ?? waiver.rule ?? ''
    result.push({
      rule: 'waiver/expired',
      level: 'error',
      message: `The waiver of ${about} by ${waiver.owner} expired on ${waiver.expires}.`,
      fingerprint: fingerprint('waiver/expired', about, waiver.path ?? '', waiver.expires),
      remedy: 'Mend the finding, or renew the waiver with a new expiry and a reason that still holds.',
    })
  }
  return result
}

function covers(waiver: Waiver, finding: Finding): boolean {
  if (waiver.fingerprint !== undefined) return waiver.fingerprint === finding.fingerprint
  if (waiver.rule !== finding.rule) return false
  if (waiver.path === undefined) return true
  const file = finding.location?.file
  const folder = waiver.path.endsWith('/') ? waiver.path : `${waiver.path}/`
  return file === waiver.path || (file?.startsWith(folder) ?? false)
}
