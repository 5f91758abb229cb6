import { nearest } from '@sluice/errors'
import type { Finding, Level } from '@sluice/verdict'
import { fingerprint } from '@sluice/verdict'
import { symmetricEstimate, wilsonEstimate } from '../estimates/estimate.js'
import { metricOf } from '../metrics/asked.js'
import { type Measured, type Metric, measured, undefinedBecause } from '../metrics/metric.js'
import { problem } from '../predictions/problem.js'
import { shortened } from '../report/shortened.js'
import type { Source } from '../rules/part.js'
import type { Rule } from '../rules/section.js'
import { conditionFindings, directionFindings, refusalFindings } from './of-harness.js'
import type { Summary } from './summary.js'

/**
 * What summaries can be held against. Two of them are not paired: their difference has the errors of both,
 * and so a wider interval than the rows behind them would give.
 * @param points `decide` takes a metric without a standard error as exact
 * @param exact names of metrics that have no error: a size, a count
 */
export function summarySource(
  candidate: Summary,
  champion: Summary | undefined,
  points: 'inconclusive' | 'decide',
  exact: ReadonlySet<string> = new Set(),
): Source {
  const summaries = { candidate, champion }
  const measure = (metric: Metric, model: 'candidate' | 'champion'): Measured => {
    const summary = summaries[model]
    const found = summary?.metrics.get(metric.name)
    if (found === undefined) return undefinedBecause(`the ${model}'s summary has no ${metric.name}`)
    if (exact.has(metric.name)) return measured(symmetricEstimate(found.value, 0, 'exact'))
    if (found.standardError !== undefined) {
      return measured(
        symmetricEstimate(found.value, found.standardError, 'stated standard error', found.degreesOfFreedom),
      )
    }
    if (metric.name === 'accuracy' && summary?.rows !== undefined && found.value >= 0 && found.value <= 1) {
      return measured(wilsonEstimate(Math.round(found.value * summary.rows), summary.rows))
    }
    if (points === 'decide') return measured(symmetricEstimate(found.value, 0, 'point, no interval'))
    return undefinedBecause(
      `the ${model}'s summary gives no \`${metric.name}_stderr\`, and a point decides nothing without \`pointEstimates: decide\``,
    )
  }
  return {
    hasChampion: champion !== undefined,
    slices: () => undefined,
    whole: {
      where: { kind: 'all' },
      rows: candidate.rows,
      rarer: undefined,
      measure,
      compare(metric) {
        const ours = measure(metric, 'candidate')
        if (ours.state === 'undefined') return ours
        const theirs = measure(metric, 'champion')
        if (theirs.state === 'undefined') return theirs
        const error = Math.hypot(ours.estimate.standardError, theirs.estimate.standardError)
        const method = error === 0 ? 'points, no interval' : 'stated standard errors, unpaired'
        const difference = ours.estimate.value - theirs.estimate.value
        return measured(symmetricEstimate(difference, error, method, freedomOf(metric.name, summaries)))
      },
    },
  }
}

/** Degrees of freedom of a difference of two stated errors (Welch 1947; Satterthwaite 1946). */
function freedomOf(
  name: string,
  summaries: { readonly candidate: Summary; readonly champion: Summary | undefined },
): number | undefined {
  let [variance, ofVariance] = [0, 0]
  for (const summary of [summaries.candidate, summaries.champion]) {
    const { degreesOfFreedom = Number.POSITIVE_INFINITY, standardError = 0 } =
      summary?.metrics.get(name) ?? {}
    variance += standardError ** 2
    ofVariance += standardError ** 4 / degreesOfFreedom
  }
  return ofVariance === 0 ? undefined : variance ** 2 / ofVariance
}

/**
 * A metric that a rule asks for and a summary lacks or has as NaN: named, never skipped.
 * @param candidate undefined where it has rows
 */
export function inspectSummaries(
  candidate: Summary | undefined,
  champion: Summary | undefined,
  rules: readonly Rule[],
): Finding[] {
  const findings: Finding[] = [
    ...(candidate === undefined ? [] : conditionFindings(candidate, champion)),
    ...directionFindings(candidate ?? champion, rules),
  ]
  for (const [side, summary] of [
    ['candidate', candidate],
    ['champion', champion],
  ] as const) {
    if (summary === undefined) continue
    findings.push(...refusalFindings(side, summary))
    const level = side === 'candidate' ? 'error' : 'unknown'
    const asked = new Set(
      rules
        .filter((rule) => side === 'candidate' || comparesWithChampion(rule))
        .map((rule) => metricOf(rule).name),
    )
    const missing = [...asked].filter((name) => !summary.metrics.has(name))
    for (const name of missing) {
      findings.push({
        rule: 'evaluation/metric-missing',
        level,
        message: `The ${side}'s summary has no ${name}, which a rule asks for; it has ${namesIn(summary)}.`,
        remedy: `${meant(name, summary)}Write \`${name}\` into the summary, or give a table of predictions.`,
        fingerprint: fingerprint('evaluation/metric-missing', side, name),
      })
    }
    findings.push(...rowsDisagree(side, level, summary))
    const broken = [...asked].filter(
      (name) => Number.isFinite(summary.metrics.get(name)?.value ?? 0) === false,
    )
    if (broken.length > 0) {
      findings.push(
        problem(
          `evaluation/${side}-not-finite`,
          level,
          `The ${side}'s summary has ${broken.join(', ')} as NaN or infinite; expected finite numbers.`,
          `Find out why the ${side}'s evaluation did not come to a number.`,
        ),
      )
    }
  }
  return findings
}

/**
 * A share of n rows has the standard error √(p(1 − p)/(n − 1)), so that p(1 − p)/se² + 1 gives n back. A smaller error
 * than n rows can give says that one of the two numbers is of something else.
 */
function* rowsDisagree(
  side: 'candidate' | 'champion',
  level: Level,
  { metrics, rows }: Summary,
): Iterable<Finding> {
  const accuracy = metrics.get('accuracy')
  if (rows === undefined || accuracy?.standardError === undefined) return
  const { value, standardError } = accuracy
  const implied = (value * (1 - value)) / standardError ** 2 + 1
  // Errors are printed with few digits; n in place of n − 1 is one row.
  if (!(implied > 1.02 * rows + 2)) return
  yield problem(
    'evaluation/rows-disagree',
    level,
    `The ${side}'s summary states ${rows} rows, and its accuracy an error that takes ${Math.round(implied)}.`,
    'Write the standard error and the number of rows of the same evaluation.',
  )
}

export function comparesWithChampion(rule: Rule): boolean {
  return rule.atLeast === undefined && rule.atMost === undefined
}

/** Names told of a summary that lacks one; a run over a hundred tasks has more than anybody reads. */
const NAMES_TOLD = 12

function namesIn({ metrics }: Summary): string {
  const told = [...metrics.keys()].slice(0, NAMES_TOLD).map((name) => shortened(name))
  const more = metrics.size - told.length
  return `${told.join('; ') || 'none'}${more > 0 ? `; and ${more} more` : ''}`
}

function meant(name: string, { metrics }: Summary): string {
  const near = nearest(name, [...metrics.keys()])
  return near === undefined ? '' : `Did you mean \`${shortened(near)}\`? `
}
