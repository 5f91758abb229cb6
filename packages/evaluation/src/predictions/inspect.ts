import type { Finding } from '@sluice/verdict'
import { fingerprint } from '@sluice/verdict'
import type { ScoreKind } from '../metrics/metric.js'
import { isClassification } from '../tasks/task.js'
import type { Predictions } from './predictions.js'
import { problem } from './problem.js'

/** Probabilities over all classes may be off by this much in their sum (single precision adds up to it). */
const SUM_TOLERANCE = 1e-3

/**
 * What makes a comparison worthless before it starts: scores that are no numbers or no probabilities, labels
 * of one class only, weights and truths that are no numbers, a champion that is the candidate. `needs` are the kinds of score the rules ask for.
 * Findings of level `warning` stand beside the verdict; all others take its place.
 */
export function inspectPredictions(predictions: Predictions, needs: ReadonlySet<ScoreKind>): Finding[] {
  const { candidate, champion, labels, named, task } = predictions
  const findings: Finding[] = [...inspectTruth(predictions)]
  for (const [side, scores] of [
    ['candidate', candidate],
    ['champion', champion],
  ] as const) {
    if (scores === undefined) continue
    // A candidate that cannot score is a bad candidate; a champion that cannot leaves nothing to compare with.
    const level = side === 'candidate' ? 'error' : 'unknown'
    const columns = [...(named?.[side]?.columns.values() ?? [])]
    const bad = countRows([...scores, ...columns], (score) => !Number.isFinite(score))
    if (bad > 0) {
      findings.push(
        problem(
          `evaluation/${side}-not-finite`,
          level,
          `${bad} of ${predictions.rows} rows have a ${side} score that is missing, NaN or infinite; expected a finite number in every row.`,
          `Find out why the ${side} does not score these rows; do not drop them.`,
        ),
      )
    } else if (needs.has('probability'))
      findings.push(...probabilityFindings(side, level, predictions, scores))
    if (needs.has('ranking') && bad === 0) findings.push(...hardLabelFindings(side, scores))
    if (bad === 0) findings.push(...crossingFindings(side, predictions, scores))
  }
  if (isClassification(task) && labels.every((label) => label === labels[0])) {
    findings.push(
      problem(
        'evaluation/labels-constant',
        'unknown',
        `All ${labels.length} rows have the same label; expected rows of every class.`,
        'Evaluate on a sample that holds every class.',
      ),
    )
  }
  if (champion !== undefined) findings.push(...sameFindings(predictions, champion))
  return findings
}

/** A champion that scores every row as the candidate does is the candidate, unless its scores are hardly more than yes or no. */
function sameFindings({ candidate, named }: Predictions, champion: readonly Float64Array[]): Finding[] {
  const ours = [...candidate, ...(named?.candidate.columns.values() ?? [])]
  const theirs = [...champion, ...(named?.champion?.columns.values() ?? [])]
  if (ours.length === 0 || !sameScores(ours, theirs)) return []
  const message =
    'Candidate and champion have the same score in every row: the model is compared with itself.'
  const remedy = "Give the champion's own predictions; see which file and column each input names."
  if (candidate.length > 0 || ours.some((column) => new Set(column).size > 2))
    return [problem('evaluation/champion-is-candidate', 'error', message, remedy)]
  return [
    {
      rule: 'evaluation/champion-scores-alike',
      level: 'warning',
      message: 'Candidate and champion pass and fail the same rows: they may be one model.',
      remedy,
      fingerprint: fingerprint('evaluation/champion-scores-alike'),
    },
  ]
}

/** Truth and weights that nothing can be measured against. */
function* inspectTruth({ targets, weights, task, rows }: Predictions): Iterable<Finding> {
  const count = (values: Float64Array, bad: (value: number) => boolean) =>
    values.reduce((sum, value) => sum + (bad(value) ? 1 : 0), 0)
  if (targets !== undefined) {
    const bad = count(targets, (target) => !Number.isFinite(target))
    if (bad > 0)
      yield problem(
        'evaluation/targets-not-finite',
        'unknown',
        `${bad} of ${rows} rows have no true value, or one that is NaN or infinite; expected a finite number.`,
        'Evaluate on rows whose truth is known.',
      )
    const negative = task === 'ranking' ? count(targets, (target) => target < 0) : 0
    if (negative > 0)
      yield problem(
        'evaluation/relevance-negative',
        'unknown',
        `${negative} rows have a relevance below 0; expected 0 for what is not relevant.`,
        'Shift the grades so that 0 means not relevant.',
      )
  }
  if (weights === undefined) return
  const bad = count(weights, (weight) => !(weight >= 0 && weight < Number.POSITIVE_INFINITY))
  if (bad > 0 || weights.every((weight) => weight === 0))
    yield problem(
      'evaluation/weights-invalid',
      'unknown',
      `${bad} of ${rows} rows have a weight that is missing, negative or infinite, or every weight is 0.`,
      'Give each row a weight of at least 0.',
    )
}

/** A higher quantile under a lower one is no distribution. */
function crossingFindings(
  side: string,
  { quantiles }: Predictions,
  scores: readonly Float64Array[],
): Finding[] {
  if (quantiles === undefined || quantiles.length < 2) return []
  let crossed = 0
  for (let row = 0; row < scores[0]!.length; row++)
    if (scores.some((column, q) => q > 0 && column[row]! < scores[q - 1]![row]!)) crossed++
  if (crossed === 0) return []
  return [
    {
      rule: 'evaluation/quantiles-cross',
      level: 'warning',
      message: `In ${crossed} rows a quantile of the ${side} lies below one of a lower level.`,
      remedy: 'Sort the quantiles of each row, or train them so that they do not cross.',
      fingerprint: fingerprint('evaluation/quantiles-cross', side),
    },
  ]
}

function probabilityFindings(
  side: 'candidate' | 'champion',
  level: Finding['level'],
  { classes, task }: Predictions,
  scores: readonly Float64Array[],
): Finding[] {
  if (scores.length === 0) return []
  const outside = countRows(scores, (score) => score < 0 || score > 1)
  const remedy = 'Give probabilities, or use metrics that only rank: auc, average_precision.'
  if (outside > 0) {
    const message = `${outside} rows have a ${side} score outside 0 to 1; expected probabilities, for a rule asks for log loss, Brier score or calibration.`
    return [problem(`evaluation/${side}-not-probability`, level, message, remedy)]
  }
  if (task !== 'multiclass') return []
  let off = 0
  for (let row = 0; row < scores[0]!.length; row++) {
    const sum = scores.reduce((total, column) => total + column[row]!, 0)
    if (Math.abs(sum - 1) > SUM_TOLERANCE) off++
  }
  if (off === 0) return []
  const message = `In ${off} rows the ${side}'s scores of the ${classes.length} classes do not add up to 1.`
  return [problem(`evaluation/${side}-not-probability`, level, message, remedy)]
}

function hardLabelFindings(side: string, scores: readonly Float64Array[]): Finding[] {
  if (scores.length === 0 || !scores.every((column) => column.every((score) => score === 0 || score === 1)))
    return []
  return [
    {
      rule: 'evaluation/scores-are-labels',
      level: 'warning',
      message: `Every ${side} score is 0 or 1: it looks like a decision, and ranks rows far worse than the score behind it.`,
      remedy: 'Give the score before the threshold.',
      fingerprint: fingerprint('evaluation/scores-are-labels', side),
    },
  ]
}

function countRows(scores: readonly Float64Array[], bad: (score: number) => boolean): number {
  const [first, ...others] = scores
  if (first === undefined) return 0
  let count = 0
  for (let row = 0; row < first.length; row++)
    if (bad(first[row]!) || (others.length > 0 && others.some((column) => bad(column[row]!)))) count++
  return count
}

function sameScores(a: readonly Float64Array[], b: readonly Float64Array[]): boolean {
  return a.every((column, c) => column.every((score, row) => Object.is(score, b[c]![row])))
}
