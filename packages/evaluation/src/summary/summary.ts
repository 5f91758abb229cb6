import { isSluiceError, SluiceError } from '@sluice/errors'
import { parseHarnessText } from '../harness/document.js'
import { numbersOf } from '../harness/dvc.js'
import { isJson } from '../harness/harness.js'
import { HARNESS_BYTES, readHarness, recognise, tfmaKind, unpacked } from '../harness/read.js'
import { isKnown } from '../metrics/asked.js'
import { summaryOf } from './of-harness.js'

/** One metric as a summary states it; NaN where the file says so, and then nothing passes. */
export interface SummaryMetric {
  readonly value: number
  readonly standardError: number | undefined
  /** Of that error; the normal distribution without. */
  readonly degreesOfFreedom?: number
  /** Which way is better, where the tool that wrote it says. */
  readonly better?: 'higher' | 'lower'
  /** Rows it is over, where they are not the summary's. */
  readonly rows?: number
}

/** Metrics without rows: `{"n": 1000, "auc": 0.71, "auc_stderr": 0.01}`. */
export interface Summary {
  readonly rows: number | undefined
  readonly metrics: ReadonlyMap<string, SummaryMetric>
  /** The tool that wrote it; undefined for a plain object of numbers. */
  readonly tool?: string
  /** What candidate and champion must share to be compared. */
  readonly conditions?: ReadonlyMap<string, string>
  /** The champion's, in a file that compares both models. */
  readonly champion?: Summary
  /** Why it must not be trusted. */
  readonly refusals?: readonly string[]
}

/**
 * Reads a summary of any kind: text, as `readSummary` does, or what TensorFlow Model Analysis wrote.
 * @throws SluiceError SUMMARY_MALFORMED, HARNESS_MALFORMED
 */
export async function readSummaryFile(file: string, bytes: Uint8Array): Promise<Summary> {
  return tfmaKind(bytes) === undefined ? readSummary(file, bytes) : summaryOf(await readHarness(file, bytes))
}

const STDERR = '_stderr'
const ROWS = ['n', 'rows', 'n_samples', 'example_count', 'eval_samples'] as const

/**
 * Reads a summary: what an evaluation tool wrote, or an object of metrics by their names, optionally below `metrics`. A metric is
 * a number, with its standard error beside it as `<name>_stderr`, or an object of `value` and `stderr`. A
 * standard error that is no number (`"N/A"`, as lm-eval writes) counts as none.
 * @throws SluiceError SUMMARY_MALFORMED
 */
export function readSummary(file: string, bytes: Uint8Array): Summary {
  if (bytes.byteLength > HARNESS_BYTES) throw malformed(file, `it has more than ${HARNESS_BYTES} bytes`)
  let parsed: unknown
  try {
    parsed = parseHarnessText(file, new TextDecoder().decode(unpacked(file, bytes)))
  } catch (cause) {
    if (isSluiceError(cause)) throw cause
    throw malformed(file, cause instanceof SyntaxError ? 'it is not JSON' : (cause as Error).message, cause)
  }
  const harness = recognise(parsed)
  if (harness !== undefined) return summaryOf(harness)
  if (!isJson(parsed)) throw malformed(file, 'it is not an object')
  const source = isJson(parsed['metrics']) ? { ...parsed, ...parsed['metrics'] } : parsed
  const metrics = new Map<string, SummaryMetric>()
  for (const name of Object.keys(source)) {
    if (ROWS.some((key) => key === name) || name.endsWith(STDERR)) continue
    const metric = metricOf(file, name, source)
    if (metric !== undefined) metrics.set(name, metric)
    // Groups of metrics, as a file of DVC's has: `test.auc`.
    else if (isJson(source[name]) && name !== 'metrics')
      for (const [key, { value }] of numbersOf(source[name]) ?? [])
        metrics.set(`${name}.${key}`, { value, standardError: undefined })
  }
  if (metrics.size === 0) throw malformed(file, 'it has no metric, a name with a number')
  const rows = ROWS.map((key) => source[key]).find(
    (value) => Number.isSafeInteger(value) && (value as number) > 0,
  )
  return { rows: rows as number | undefined, metrics }
}

function metricOf(file: string, name: string, source: Record<string, unknown>): SummaryMetric | undefined {
  const found = source[name]
  const [value, error] = isJson(found) ? [found['value'], found['stderr']] : [found, source[name + STDERR]]
  if (typeof value !== 'number') {
    // What is not called as a metric may be anything: a date, the name of a model.
    if (isKnown({ metric: name })) throw malformed(file, `\`${name}\` is not a number`)
    return undefined
  }
  const usable = typeof error === 'number' && Number.isFinite(error) && error > 0
  return { value, standardError: usable ? error : undefined }
}

function malformed(file: string, found: string, cause?: unknown): SluiceError {
  return new SluiceError('SUMMARY_MALFORMED', `${file} is not a summary of metrics: ${found}.`, {
    remedy:
      'Write an object such as {"n": 1000, "auc": 0.71, "auc_stderr": 0.01}, or give a table of predictions.',
    at: { file },
    cause,
  })
}
