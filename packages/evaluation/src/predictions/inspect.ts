import type { Finding } from '@sluice/verdict'
import type { ScoreKind } from '../metrics/metric.js'
import { isClassification } from '../tasks/task.js'
import {
  championIsCandidate,
  labelsConstant,
  quantilesCross,
  relevanceNegative,
  scoresAreLabels,
  scoresNotFinite,
  scoresOutside,
  sumsOff,
  targetsNotFinite,
  weightsInvalid,
} from './data-findings.js'
import type { Predictions } from './predictions.js'

/** Probabilities over all classes may be off by this much in their sum (single precision adds up to it). */
export const SUM_TOLERANCE = 1e-3

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
    const columns = [...(named?.[side]?.columns.values() ?? [])]
    const bad = countRows([...scores, ...columns], (score) => !Number.isFinite(score))
    if (bad > 0) {
      findings.push(scoresNotFinite(side, bad, predictions.rows))
    } else if (needs.has('probability')) findings.push(...probabilityFindings(side, predictions, scores))
    if (needs.has('ranking') && bad === 0) findings.push(...hardLabelFindings(side, scores))
    if (bad === 0) findings.push(...crossingFindings(side, predictions, scores))
  }
  if (isClassification(task) && labels.every((label) => label === labels[0]))
    findings.push(labelsConstant(labels.length))
  if (champion !== undefined) findings.push(...sameFindings(predictions, champion))
  return findings
}

/** A champion that scores every row as the candidate does is the candidate, unless its scores are hardly more than yes or no. */
function sameFindings({ candidate, named }: Predictions, champion: readonly Float64Array[]): Finding[] {
  const ours = [...candidate, ...(named?.candidate.columns.values() ?? [])]
  const theirs = [...champion, ...(named?.champion?.columns.values() ?? [])]
  if (ours.length === 0 || !sameScores(ours, theirs)) return []
  const judgements = candidate.length === 0 && ours.every((column) => new Set(column).size <= 2)
  return [championIsCandidate(judgements)]
}

/** Truth and weights that nothing can be measured against. */
function* inspectTruth({ targets, weights, task, rows }: Predictions): Iterable<Finding> {
  const count = (values: Float64Array, bad: (value: number) => boolean) =>
    values.reduce((sum, value) => sum + (bad(value) ? 1 : 0), 0)
  if (targets !== undefined) {
    const bad = count(targets, (target) => !Number.isFinite(target))
    if (bad > 0) yield targetsNotFinite(bad, rows)
    const negative = task === 'ranking' ? count(targets, (target) => target < 0) : 0
    if (negative > 0) yield relevanceNegative(negative)
  }
  if (weights === undefined) return
  const bad = count(weights, (weight) => !(weight >= 0 && weight < Number.POSITIVE_INFINITY))
  if (bad > 0 || weights.every((weight) => weight === 0)) yield weightsInvalid(bad, rows)
}

function crossingFindings(
  side: 'candidate' | 'champion',
  { quantiles }: Predictions,
  scores: readonly Float64Array[],
): Finding[] {
  if (quantiles === undefined || quantiles.length < 2) return []
  let crossed = 0
  for (let row = 0; row < scores[0]!.length; row++)
    if (scores.some((column, q) => q > 0 && column[row]! < scores[q - 1]![row]!)) crossed++
  return crossed === 0 ? [] : [quantilesCross(side, crossed)]
}

function probabilityFindings(
  side: 'candidate' | 'champion',
  { classes, task }: Predictions,
  scores: readonly Float64Array[],
): Finding[] {
  if (scores.length === 0) return []
  const outside = countRows(scores, (score) => score < 0 || score > 1)
  if (outside > 0) return [scoresOutside(side, outside)]
  if (task !== 'multiclass') return []
  let off = 0
  for (let row = 0; row < scores[0]!.length; row++) {
    const sum = scores.reduce((total, column) => total + column[row]!, 0)
    if (Math.abs(sum - 1) > SUM_TOLERANCE) off++
  }
  return off === 0 ? [] : [sumsOff(side, off, classes.length)]
}

function hardLabelFindings(side: 'candidate' | 'champion', scores: readonly Float64Array[]): Finding[] {
  const hard =
    scores.length > 0 && scores.every((column) => column.every((score) => score === 0 || score === 1))
  return hard ? [scoresAreLabels(side)] : []
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
