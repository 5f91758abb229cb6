import type { Measured, Metric, View } from '../metrics/metric.js'
import type { Predictions } from '../predictions/predictions.js'
import { NO_SLICE } from '../slices/derive.js'
import type { SliceSpec } from '../slices/spec.js'
import type { Part, Source, Where } from './part.js'

/** Parts of joined predictions. @param threshold scores at or above it count as positive */
export function rowsSource(predictions: Predictions, threshold: number): Source {
  const cache = new Map<string, readonly Part[]>()
  return {
    whole: partOf(predictions, threshold, { kind: 'all' }, undefined),
    hasChampion: predictions.champion !== undefined,
    slices(spec, minRows) {
      const key = `${minRows}:${spec.key}`
      let parts = cache.get(key)
      if (parts === undefined) {
        parts = slicesOf(predictions, threshold, spec, minRows)
        cache.set(key, parts)
      }
      return parts
    },
  }
}

/**
 * The slices of one declaration in alphabetical order. Those with fewer than `minRows` rows are one part together,
 * last, so that no row escapes judgement by standing in a small slice; expected ones stand alone, even without a row.
 */
function slicesOf(predictions: Predictions, threshold: number, spec: SliceSpec, minRows: number): Part[] {
  const { label: column } = spec
  const { codes, words } = predictions.slices.get(spec.key)!
  const counts = new Uint32Array(words.length)
  for (const code of codes) if (code !== NO_SLICE) counts[code]!++
  const alone = words.map((word, code) => counts[code]! >= minRows || spec.expect.includes(word))
  const rowsOf = alone.map((one, code) => (one ? new Uint32Array(counts[code]!) : undefined))
  const filled = new Uint32Array(words.length)
  const small: number[] = []
  for (const [row, code] of codes.entries()) {
    if (code === NO_SLICE) continue
    const rows = rowsOf[code]
    if (rows === undefined) small.push(row)
    else rows[filled[code]!++] = row
  }
  const parts: Part[] = []
  for (const [code, rows] of rowsOf.entries()) {
    const where: Where = { kind: 'slice', column, value: words[code]! }
    if (rows !== undefined) parts.push(partOf(predictions, threshold, where, rows))
  }
  if (small.length > 0) {
    const values = counts.reduce((sum, count, code) => sum + (count > 0 && !alone[code] ? 1 : 0), 0)
    parts.push(
      partOf(predictions, threshold, { kind: 'small', column, values, minRows }, Uint32Array.from(small)),
    )
  }
  return parts
}

function partOf(
  predictions: Predictions,
  threshold: number,
  where: Where,
  rows: Uint32Array | undefined,
): Part {
  const shared = viewOf(predictions, threshold, rows)
  const pick = (columns: readonly Float64Array[]): readonly Float64Array[] =>
    rows === undefined ? columns : columns.map((column) => Float64Array.from(rows, (row) => column[row]!))
  const scores = { candidate: pick(predictions.candidate), champion: pick(predictions.champion ?? []) }
  const view = (model: 'candidate' | 'champion'): View => ({ ...shared, scores: scores[model] })
  const known = new Map<string, Measured>()
  const once = (key: string, measure: () => Measured): Measured => {
    const found = known.get(key) ?? measure()
    known.set(key, found)
    return found
  }
  return {
    where,
    rows: shared.rows,
    rarer: predictions.task === 'binary' ? rarerClass(shared.labels) : undefined,
    measure: (metric, model) => once(`${model} ${metric.name}`, () => metric.measure(view(model))),
    compare: (metric: Metric) =>
      once(`both ${metric.name}`, () => metric.compare(view('candidate'), view('champion'))),
  }
}

function viewOf(predictions: Predictions, threshold: number, rows: Uint32Array | undefined): View {
  const { classes, clusters } = predictions
  const labels =
    rows === undefined ? predictions.labels : Int32Array.from(rows, (row) => predictions.labels[row]!)
  const base = { rows: labels.length, labels, classes, threshold, scores: [] }
  if (clusters === undefined) return base
  if (rows === undefined) return { ...base, clusters }
  // Clusters are renumbered, so that those without a row here do not count as observed.
  const numbers = new Map<number, number>()
  const of = Int32Array.from(rows, (row) => {
    const cluster = clusters.of[row]!
    const number = numbers.get(cluster) ?? numbers.size
    numbers.set(cluster, number)
    return number
  })
  return { ...base, clusters: { of, count: numbers.size } }
}

function rarerClass(labels: Int32Array): number {
  let positives = 0
  for (const label of labels) positives += label
  return Math.min(positives, labels.length - positives)
}
