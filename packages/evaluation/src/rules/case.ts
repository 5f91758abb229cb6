import { rowsFor } from '@sluice/statistics'
import type { Estimate } from '../estimates/estimate.js'
import type { Measured } from '../metrics/metric.js'
import { unbalanced } from './balance.js'
import type { Demand } from './demand.js'
import type { Part, Where } from './part.js'
import type { Rule } from './section.js'

/** One rule held against one part. */
export interface Case {
  readonly where: Where
  readonly rows: number | undefined
  readonly candidate: number | undefined
  /** Standard error of `candidate` by itself, for a later model that is held against it without rows. */
  readonly candidateError: number | undefined
  readonly champion: number | undefined
  /** What the threshold is held against, when it could be estimated. */
  readonly estimate: Shown | undefined
  /** `good` and `bad` are shown; `undecided` is neither, with the reason. */
  readonly state: 'good' | 'bad' | 'undecided'
  readonly because: string | undefined
  /** About how many rows of this part would decide, if the truth is what it looks like now (power 80 %). */
  readonly rowsNeeded: number | undefined
  /** Ids of the rows that count most against the candidate, the worst first; shortened, for they are shown. */
  readonly examples?: readonly string[]
}

/** An estimate as numbers. */
export interface Shown {
  readonly value: number
  readonly low: number
  readonly high: number
  /** Two-sided confidence of the interval. */
  readonly level: number
  readonly threshold: number
  readonly method: string
  /** One-sided p-value of "not worse than the threshold", and the same after the correction for many slices. */
  readonly p: number
  readonly adjusted: number
}

const POWER = 0.8

/** A case before the correction: it knows its p-value, but not whether that is small enough. */
export interface OpenCase extends Omit<Case, 'state' | 'estimate'> {
  readonly estimate: Shown | undefined
  readonly shownGood: boolean
}

/** Measures one part. It may be shown good here; shown bad only after the correction (`closeCase`). */
export function openCase(part: Part, rule: Rule, demand: Demand, alpha: number): OpenCase {
  const { metric } = demand
  const candidate = part.measure(metric, 'candidate')
  const champion = demand.kind === 'bound' ? undefined : part.measure(metric, 'champion')
  const base = {
    where: part.where,
    rows: part.rows,
    candidate: candidate.state === 'measured' ? candidate.estimate.value : undefined,
    candidateError: errorOf(candidate),
    champion: champion?.state === 'measured' ? champion.estimate.value : undefined,
    estimate: undefined,
    shownGood: false,
    rowsNeeded: undefined,
  }
  const minRows = Math.max(rule.minRows, metric.minRows ?? 0)
  if (part.rows !== undefined && part.rows < minRows) {
    return {
      ...base,
      because: `${part.rows} rows, and ${minRows > rule.minRows ? `${metric.name} needs ${minRows}` : `\`minRows\` of the rule is ${minRows}`}`,
      rowsNeeded: minRows,
    }
  }
  if (part.rarer !== undefined && part.rarer < rule.minPerClass) {
    return { ...base, because: `${part.rarer} rows of the rarer class; the rule needs ${rule.minPerClass}` }
  }
  const because = part.balance === undefined ? undefined : unbalanced(part.balance)
  if (because !== undefined) return { ...base, because }
  const found = demand.kind === 'bound' ? candidate : part.compare(metric)
  if (found.state === 'undefined') return { ...base, because: found.because }
  if (found.estimate.weak !== undefined) return { ...base, because: found.estimate.weak }
  const threshold = demand.threshold(base.champion)
  if (!Number.isFinite(threshold))
    return { ...base, because: "the champion's value is not known, so its share is not" }
  if (demand.kind === 'non-inferior' && rule.relativeMargin !== undefined && base.champion === 0) {
    return { ...base, because: "the champion's value is 0, and a share of it is no margin" }
  }
  const estimate = shown(found.estimate, demand, threshold, alpha)
  const shownGood = isGood(estimate, demand)
  const needed = shownGood ? undefined : rowsNeeded(found.estimate, threshold, alpha, part.rows)
  return { ...base, estimate, shownGood, because: undefined, rowsNeeded: needed }
}

/** An error of 0 is of a value at the end of its range, where it is no measure of the spread. */
function errorOf(measured: Measured): number | undefined {
  if (measured.state === 'undefined' || measured.estimate.weak !== undefined) return undefined
  const { standardError } = measured.estimate
  return standardError > 0 && Number.isFinite(standardError) ? standardError : undefined
}

/** Decides a case once its p-value has been corrected. */
export function closeCase(open: OpenCase, adjusted: number | undefined, alpha: number): Case {
  const { shownGood, ...rest } = open
  if (open.estimate === undefined || adjusted === undefined) return { ...rest, state: 'undecided' }
  const estimate = { ...open.estimate, adjusted }
  if (adjusted <= alpha) return { ...rest, estimate, state: 'bad', rowsNeeded: undefined }
  if (shownGood) return { ...rest, estimate, state: 'good' }
  const because =
    estimate.p <= alpha
      ? 'shown not to hold if looked at alone, but not among so many slices'
      : 'the interval holds both sides of the threshold'
  return { ...rest, estimate, state: 'undecided', because }
}

function shown(estimate: Estimate, { good }: Demand, threshold: number, alpha: number): Shown {
  const level = 1 - 2 * alpha
  const { low, high } = estimate.interval(level)
  const p = good === 'above' ? estimate.below(threshold) : estimate.above(threshold)
  return { value: estimate.value, low, high, level, threshold, method: estimate.method, p, adjusted: p }
}

/** The interval decides, not the point; a comparison with NaN is false, and so never good. */
function isGood({ low, high, threshold }: Shown, { good, kind }: Demand): boolean {
  const nearest = good === 'above' ? low : -high
  const line = good === 'above' ? threshold : -threshold
  return kind === 'superior' ? nearest > line : nearest >= line
}

/** Rows at which the present distance would be shown. */
function rowsNeeded(
  estimate: Estimate,
  threshold: number,
  alpha: number,
  rows: number | undefined,
): number | undefined {
  if (rows === undefined) return undefined
  const variance = rows * estimate.standardError ** 2
  const needed = rowsFor(estimate.value - threshold, { variance, alpha, power: POWER })
  return needed > rows && needed < 1e12 ? needed : undefined
}
