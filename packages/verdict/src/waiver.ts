import type { Finding } from './finding.js'
import { fingerprint } from './fingerprint.js'

/** An accepted finding. Names a rule (optionally only below a path, or on one slice) or one fingerprint. */
export interface Waiver {
  readonly rule?: string
  readonly fingerprint?: string
  /** Restricts `rule` to findings in this file or below this folder. */
  readonly path?: string
  /** Restricts `rule` to one slice of the data, as a finding names it. */
  readonly slice?: string
  /** The greatest loss that is accepted, in the unit of the metric; where there is more, the waiver does not hold. */
  readonly greatestLoss?: number
  readonly reason: string
  /** Who accepted it. */
  readonly owner: string
  /** Last day on which it holds, `YYYY-MM-DD` in UTC. */
  readonly expires: string
}

/** What the waivers are held against. */
export interface WaiverTerms {
  /** `YYYY-MM-DD` in UTC. */
  readonly today: string
  /** What the rules of the check begin with; a waiver of one of them that accepts nothing is noted. */
  readonly check?: string
}

/**
 * Marks the findings that a waiver in force accepts, and adds a finding for each waiver that would have applied
 * but is expired or says too little or too low a loss: an expiry is seen before its reason is forgotten, and
 * nobody accepts more than was measured when they did.
 */
export function applyWaivers(
  findings: readonly Finding[],
  waivers: readonly Waiver[],
  { today, check }: WaiverTerms,
): Finding[] {
  const result: Finding[] = []
  const failing = new Map<Waiver, Finding>()
  const used = new Set<Waiver>()
  for (const finding of findings) {
    const matching = waivers.filter((waiver) => covers(waiver, finding))
    const problems = matching.map((waiver) => problemOf(waiver, finding, today))
    const holding = matching.find((_, index) => problems[index] === undefined)
    for (const waiver of matching) used.add(waiver)
    if (holding) {
      const { owner, reason, expires } = holding
      result.push({ ...finding, waivedBy: { owner, reason, expires } })
      continue
    }
    result.push(finding)
    for (const [index, waiver] of matching.entries()) failing.set(waiver, problems[index]!)
  }
  const idle = check === undefined ? [] : waivers.filter((one) => one.rule?.startsWith(`${check}/`))
  return [...result, ...failing.values(), ...idle.filter((one) => !used.has(one)).map(unused)]
}

function covers(waiver: Waiver, finding: Finding): boolean {
  if (waiver.fingerprint !== undefined) return waiver.fingerprint === finding.fingerprint
  if (waiver.rule !== finding.rule) return false
  if (waiver.slice !== undefined && waiver.slice !== finding.slice) return false
  if (waiver.path === undefined) return true
  const file = finding.location?.file
  const folder = waiver.path.endsWith('/') ? waiver.path : `${waiver.path}/`
  return file === waiver.path || (file?.startsWith(folder) ?? false)
}

/** Why a waiver that covers a finding does not accept it. */
function problemOf(waiver: Waiver, finding: Finding, today: string): Finding | undefined {
  const { expires, greatestLoss, owner } = waiver
  const of = `The waiver of ${about(waiver)} by ${owner}`
  if (finding.waivable === false) {
    const because = 'nothing was measured that could be accepted'
    return problem('waiver/not-waivable', waiver, `${of} does not hold: ${because}.`, 'Mend the finding.')
  }
  if (expires < today) {
    const remedy = 'Mend the finding, or renew the waiver with a new expiry and a reason that still holds.'
    return problem('waiver/expired', waiver, `${of} expired on ${expires}.`, remedy)
  }
  if (finding.loss === undefined || (greatestLoss !== undefined && finding.loss <= greatestLoss))
    return undefined
  const loss = Number.isFinite(finding.loss) ? finding.loss.toPrecision(3) : 'any amount'
  if (greatestLoss === undefined) {
    const message = `${of} does not say how great a loss it accepts; up to ${loss} cannot be ruled out here.`
    return problem('waiver/too-broad', waiver, message, 'Give the waiver its `greatestLoss`.')
  }
  const message = `${of} accepts a loss of ${greatestLoss} at most; up to ${loss} cannot be ruled out.`
  const remedy = 'Mend the finding, or have the greater loss accepted.'
  return problem('waiver/loss-exceeded', waiver, message, remedy)
}

function unused(waiver: Waiver): Finding {
  return {
    rule: 'waiver/unused',
    level: 'note',
    message: `The waiver of ${about(waiver)} by ${waiver.owner} accepts nothing here.`,
    fingerprint: fingerprint('waiver/unused', ...identity(waiver)),
    remedy: 'Remove it, once what it accepted is mended.',
  }
}

function problem(rule: string, waiver: Waiver, message: string, remedy: string): Finding {
  return { rule, level: 'error', message, fingerprint: fingerprint(rule, ...identity(waiver)), remedy }
}

function about(waiver: Waiver): string {
  const { fingerprint: one, path, rule, slice } = waiver
  const where = slice ?? path
  return `${one ?? rule ?? ''}${where === undefined ? '' : ` (${where})`}`
}

function identity({ expires, fingerprint: one, path, rule, slice }: Waiver): string[] {
  return [one ?? rule ?? '', path ?? '', slice ?? '', expires]
}
