import type { Finding } from '@sluice/verdict'
import { fingerprint } from '@sluice/verdict'
import type { ScoreKind } from '../metrics/metric.js'
import type { Predictions } from './predictions.js'
import { problem } from './problem.js'

/** Probabilities over all classes may be off by this much in their sum (single precision adds up to it). */
const SUM_TOLERANCE = 1e-3

/**
 * What makes a comparison worthless before it starts: scores that are no numbers or no probabilities, labels
 * of one class only, a champion that is the candidate. `needs` are the kinds of score the rules ask for.
 * Findings of level `warning` stand beside the verdict; all others take its place.
 */
export function inspectPredictions(predictions: Predictions, needs: ReadonlySet<ScoreKind>): Finding[] {
  const { candidate, champion, labels } = predictions
  const findings: Finding[] = []
  for (const [side, scores] of [
    ['candidate', candidate],
    ['champion', champion],
  ] as const) {
    if (scores === undefined) continue
    // A candidate that cannot score is a bad candidate; a champion that cannot leaves nothing to compare with.
    const level = side === 'candidate' ? 'error' : 'unknown'
    const bad = countRows(scores, (score) => !Number.isFinite(score))
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
  }
  if (labels.every((label) => label === labels[0])) {
    findings.push(
      problem(
        'evaluation/labels-constant',
        'unknown',
        `All ${labels.length} rows have the same label; expected rows of every class.`,
        'Evaluate on a sample that holds every class.',
      ),
    )
  }
  if (champion !== undefined && sameScores(candidate, champion)) {
    findings.push(
      problem(
        'evaluation/champion-is-candidate',
        'error',
        'Candidate and champion have the same score in every row: the model is compared with itself.',
        "Give the champion's own predictions; see which file and column each input names.",
      ),
    )
  }
  return findings
}

function probabilityFindings(
  side: 'candidate' | 'champion',
  level: Finding['level'],
  { classes, task }: Predictions,
  scores: readonly Float64Array[],
): Finding[] {
  const outside = countRows(scores, (score) => score < 0 || score > 1)
  const remedy = 'Give probabilities, or use metrics that only rank: auc, average_precision.'
  if (outside > 0) {
    const message = `${outside} rows have a ${side} score outside 0 to 1; expected probabilities, for a rule asks for log loss, Brier score or calibration.`
    return [problem(`evaluation/${side}-not-probability`, level, message, remedy)]
  }
  if (task === 'binary') return []
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
  if (!scores.every((column) => column.every((score) => score === 0 || score === 1))) return []
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
  let count = 0
  for (let row = 0; row < first!.length; row++)
    if (bad(first![row]!) || (others.length > 0 && others.some((column) => bad(column[row]!)))) count++
  return count
}

function sameScores(a: readonly Float64Array[], b: readonly Float64Array[]): boolean {
  return a.every((column, c) => column.every((score, row) => Object.is(score, b[c]![row])))
}
