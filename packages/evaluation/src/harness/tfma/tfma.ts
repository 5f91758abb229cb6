import type { HarnessCheck, HarnessMetric, HarnessResult } from '../harness.js'
import { Message } from './protobuf.js'

/**
 * What TensorFlow Model Analysis wrote, by what its own reader goes by: the file's name, which begins with
 * `validations` or `metrics`. Field numbers of tensorflow_model_analysis/proto/{validation_result,metrics_for_slice}.proto.
 */
export const TFMA = 'TensorFlow Model Analysis'

/** Of its Parquet files: a serialised message a row. */
export const TFMA_COLUMN = 'serialized_value'

/** @returns undefined when the name is of neither kind @throws Error when a record cannot be read */
export function readTfma(file: string, records: readonly Uint8Array[]): HarnessResult | undefined {
  const name = file.slice(file.lastIndexOf('/') + 1)
  if (name.startsWith('validations')) return validationOf(records)
  if (name.startsWith('metrics')) return metricsOf(name, records)
  return undefined
}

const NONE = { tool: TFMA, metrics: new Map(), checks: [], conditions: new Map(), refusals: [] }

/** ValidationResult. A field of it that is not known here could be a reason to fail, and is refused. */
function validationOf(records: readonly Uint8Array[]): HarnessResult {
  const [record] = records
  if (record === undefined || records.length > 1)
    return { ...NONE, refusals: [`it holds ${records.length} validations; expected one`] }
  const result = new Message(record).only('ValidationResult', [1, 2, 3, 4, 5, 6, 7])
  const checks: HarnessCheck[] = result.messages(2).flatMap((slice) =>
    slice.messages(3).map((failure) => {
      const key = failure.message(1)
      const value = failure.message(3)
      const found = value === undefined ? undefined : numberIn(value)
      const why = [
        failure.text(4),
        ...(found === undefined ? [] : [`it is ${found}`]),
        ...boundsOf(failure.message(2)),
      ]
      return {
        name: `${placeOf(slice, 2, 4)}${key === undefined ? 'metric' : keyText(key)}`,
        state: 'failed',
        message: why.filter((one) => one !== '').join(', '),
      }
    }),
  )
  const failed = (name: string, message: string) => checks.push({ name, state: 'failed', message })
  for (const spec of result.messages(3)) failed(`slice ${specText(spec)}`, 'no row was in it')
  for (const spec of result.messages(5)) {
    const baseline = spec.message(1)
    failed(
      `slices compared with ${baseline === undefined ? 'a baseline' : specText(baseline)}`,
      'no row was in them',
    )
  }
  // "No thresholds configured" is no proof of anything.
  if (result.bool(6)) failed('thresholds', 'none was configured')
  if (!result.bool(1) && checks.length === 0) failed('validation', 'it did not hold')
  if (result.bool(7))
    checks.push({
      name: 'change thresholds',
      state: 'skipped',
      message: 'there was no baseline (rubber stamp)',
    })
  if (checks.length === 0) checks.push({ name: 'validation', state: 'passed', message: '' })
  return { ...NONE, checks }
}

/** MetricThreshold, as far as it is a bound. */
function boundsOf(threshold: Message | undefined): string[] {
  const [value, change] = [threshold?.message(1), threshold?.message(2)]
  return [
    [value?.message(1), 'to be at least'],
    [value?.message(2), 'to be at most'],
    [change?.message(1), 'to change by'],
    [change?.message(2), 'to change, as a share, by'],
  ].flatMap(([bound, what]) => (bound instanceof Message ? [`${what as string} ${bound.double(1)}`] : []))
}

/** MetricsForSlice, one a record. */
function metricsOf(file: string, records: readonly Uint8Array[]): HarnessResult {
  const metrics = new Map<string, HarnessMetric>()
  const [, shards = '1'] = /-of-(\d{1,9})/.exec(file) ?? []
  const refusals = Number(shards) > 1 ? [`it is one of ${Number(shards)} files of metrics`] : []
  const note = (name: string, metric: HarnessMetric) => {
    if (metrics.has(name)) refusals.push(`${name} stands in it more than once`)
    metrics.set(name, metric)
  }
  for (const record of records) {
    const slice = new Message(record).only('MetricsForSlice', [1, 2, 3, 51])
    const place = placeOf(slice, 1, 3)
    const found = slice
      .messages(51)
      .map((entry) => ({ key: entry.message(1), value: entry.message(2), error: entry.message(3) }))
    const counts = new Map<string, number>()
    for (const { key, value } of found)
      if (key?.text(1) === 'example_count' && !key.bool(5) && value !== undefined)
        counts.set(key.text(4), numberIn(value) ?? 0)
    for (const { error, key, value } of found) {
      const number = value === undefined ? undefined : numberIn(value)
      if (key === undefined || number === undefined) continue
      // A difference is of the rows of both.
      const rows = counts.get(key.text(4)) ?? 0
      note(`${place}${keyText(key)}`, {
        value: number,
        ...(error === undefined ? {} : errorIn(error)),
        ...(Number.isSafeInteger(rows) && rows > 0 ? { rows } : {}),
      })
    }
    for (const entry of slice.messages(2)) {
      const value = entry.message(2)
      // A slice that could not be evaluated has this in place of metrics.
      if (value?.has(10)) refusals.push(`${place || 'all rows '}could not be evaluated: ${value.text(10)}`)
      const number = value === undefined ? undefined : numberIn(value)
      if (number !== undefined) note(`${place}${entry.text(1)}`, { value: number })
    }
  }
  return { ...NONE, metrics, refusals }
}

/** MetricValue as one number; undefined where it is a curve, a matrix, a text. What TFMA could not convert is NaN. */
function numberIn(value: Message): number | undefined {
  if (value.has(1)) return value.message(1)!.double(1)
  if (value.has(2)) return value.message(2)!.message(3)?.double(1) ?? 0
  if (value.has(9)) return value.message(9)!.message(4)?.double(1) ?? 0
  return value.has(3) ? Number.NaN : undefined
}

/** ConfidenceInterval: of twenty replicates unless configured, so its degrees of freedom are few. */
function errorIn(interval: Message): Pick<HarnessMetric, 'standardError' | 'degreesOfFreedom'> {
  const stated = interval.message(3)
  const error = stated === undefined ? undefined : numberIn(stated)
  const freedom = interval.message(4)?.int(1) ?? 0
  if (error === undefined || !(error > 0 && error < Number.POSITIVE_INFINITY) || freedom < 1) return {}
  return { standardError: error, degreesOfFreedom: freedom }
}

/** MetricKey: `auc`, `candidate/auc`, `precision,class_id=3`, `auc,diff` for candidate minus baseline. */
function keyText(key: Message): string {
  const [sub, aggregation] = [key.message(3), key.message(6)]
  const parts = [key.text(1)]
  for (const [number, name] of [
    [1, 'class_id'],
    [2, 'k'],
    [3, 'top_k'],
  ] as const) {
    const found = sub?.message(number)
    if (found !== undefined) parts.push(`${name}=${found.int(1)}`)
  }
  for (const [number, name] of [
    [1, 'micro_average'],
    [2, 'macro_average'],
    [3, 'weighted_macro_average'],
  ] as const)
    if (aggregation?.bool(number)) parts.push(name)
  if (key.message(7)?.bool(1)) parts.push('weighted')
  if (key.bool(5)) parts.push('diff')
  return [key.text(4), key.text(2), parts.join(',')].filter((part) => part !== '').join('/')
}

/** `origin=ATL/`, nothing for all rows. */
function placeOf(message: Message, sliceKey: number, crossKey: number): string {
  const cross = message.message(crossKey)
  const slice = message.message(sliceKey)
  if (cross !== undefined)
    return `${[1, 2].map((side) => sliceText(cross.message(side)) || 'all rows').join(' against ')}/`
  const text = sliceText(slice)
  return text === '' ? '' : `${text}/`
}

function sliceText(slice: Message | undefined): string {
  return (slice?.messages(1) ?? [])
    .map((one) => {
      const value = one.has(2) ? one.text(2) : one.has(3) ? one.float(3) : one.int(4)
      return `${one.text(1)}=${value}`
    })
    .join(',')
}

/** SlicingSpec. */
function specText(spec: Message): string {
  const values = spec.messages(2).map((entry) => `${entry.text(1)}=${entry.text(2)}`)
  const parts = [...spec.texts(1), ...values, ...(spec.has(3) ? [spec.text(3)] : [])]
  return parts.length === 0 ? 'of all rows' : parts.join(',')
}
