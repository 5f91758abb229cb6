import { isSluiceError, SluiceError } from '@sluice/errors'
import { deequ, evidently, greatExpectations, pandera } from './data-checks.js'
import { deepeval } from './deepeval.js'
import { parseHarnessText } from './document.js'
import { dvcDiff, dvcMetrics, dvcShow } from './dvc.js'
import { HARNESS_LIMITS, type HarnessReader, type HarnessResult } from './harness.js'
import { evalResults, modelIndex } from './hugging-face.js'
import { inspectLog } from './inspect-log.js'
import { lmEval } from './lm-eval.js'
import { ownEvaluation } from './own-evaluation.js'
import { promptfoo } from './promptfoo.js'
import { azureEvaluate, classificationReport, mlflowRun, trainerResults } from './tabular.js'
import { isTfRecord, tfRecords } from './tfma/tf-record.js'
import { zipMember } from './zip-member.js'

/** In the order in which they are asked. */
const READERS: readonly HarnessReader[] = [
  ownEvaluation,
  lmEval,
  inspectLog,
  promptfoo,
  deepeval,
  greatExpectations,
  evidently,
  deequ,
  mlflowRun,
  azureEvaluate,
  pandera,
  classificationReport,
  trainerResults,
  modelIndex,
  evalResults,
  dvcShow,
  dvcDiff,
]

/** What a parsed file of a tool says; undefined when no tool's marks are in it. A tree of numbers is anybody's. */
export function recognise(value: unknown): HarnessResult | undefined {
  for (const reader of READERS) {
    const result = reader.read(value)
    if (result !== undefined) return result
  }
  return undefined
}

/** Bytes of one file that are read: results without the samples behind them are small. */
export const HARNESS_BYTES = 64 * 1024 * 1024

/**
 * Reads a file of an evaluation tool, which its content tells and not its name.
 * @throws SluiceError HARNESS_MALFORMED, HARNESS_UNKNOWN
 */
export async function readHarness(file: string, bytes: Uint8Array): Promise<HarnessResult> {
  if (bytes.byteLength > HARNESS_BYTES) throw malformed(file, `it has more than ${HARNESS_BYTES} bytes`)
  const found = await binary(file, bytes)
  if (found !== undefined) return found
  const text = decoded(file, unpacked(file, bytes))
  if (/^\s*</.test(text)) {
    // Loaded here: who reads JSON starts without a parser of XML.
    const { readJunit } = await import('./junit.js')
    return readJunit(file, text)
  }
  let value: unknown
  try {
    value = parseHarnessText(file, text)
  } catch (cause) {
    throw malformed(
      file,
      cause instanceof SyntaxError ? 'it is neither JSON nor XML' : reasonOf(cause),
      cause,
    )
  }
  const result = recognise(value) ?? dvcMetrics.read(value)
  if (result !== undefined) {
    if (result.metrics.size <= HARNESS_LIMITS.metrics && result.checks.length <= HARNESS_LIMITS.checks)
      return result
    throw malformed(file, 'it has more metrics or checks than any evaluation has')
  }
  throw new SluiceError(
    'HARNESS_UNKNOWN',
    `${file} is of no evaluation tool that is known, and has no number.`,
    {
      remedy: `Give a file of ${READERS.map(({ tool }) => tool).join(', ')} or JUnit, or a table of predictions.`,
      at: { file },
    },
  )
}

/** What TensorFlow Model Analysis wrote, as TFRecord or Parquet: it is no text. */
async function binary(file: string, bytes: Uint8Array): Promise<HarnessResult | undefined> {
  const kind = tfmaKind(bytes)
  if (kind === undefined) return undefined
  // Loaded here: few start with it.
  const { TFMA_COLUMN, readTfma } = await import('./tfma/tfma.js')
  try {
    const records =
      kind === 'tf-record'
        ? tfRecords(bytes)
        : await (await import('../table/parquet.js')).readParquetBytes(file, bytes, TFMA_COLUMN)
    const result = readTfma(file, records)
    if (result !== undefined) return result
  } catch (cause) {
    if (isSluiceError(cause)) throw cause
    throw malformed(file, reasonOf(cause).replace(/\.$/, ''), cause)
  }
  throw malformed(file, 'its name begins with neither `metrics` nor `validations`, as its own reader expects')
}

/** How a file may hold what TFMA wrote; undefined when it is neither. */
export function tfmaKind(bytes: Uint8Array): 'tf-record' | 'parquet' | undefined {
  if (isTfRecord(bytes)) return 'tf-record'
  return Buffer.from(bytes.subarray(0, 4)).toString('latin1') === 'PAR1' ? 'parquet' : undefined
}

/** What an `.eval` archive of inspect_ai says of itself; other files are what they are. */
export function unpacked(file: string, bytes: Uint8Array): Uint8Array {
  if (!isZip(bytes)) return bytes
  try {
    const header = zipMember(bytes, 'header.json', HARNESS_BYTES)
    if (header !== undefined) return header
  } catch (cause) {
    throw malformed(file, reasonOf(cause), cause)
  }
  throw malformed(file, 'it is an archive without a `header.json`: the evaluation did not end')
}

function reasonOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause)
}

export function isZip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x50 && bytes[1] === 0x4b && bytes[2] === 3 && bytes[3] === 4
}

function decoded(file: string, bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (cause) {
    throw malformed(file, 'it is not UTF-8', cause)
  }
}

function malformed(file: string, found: string, cause?: unknown): SluiceError {
  return new SluiceError('HARNESS_MALFORMED', `${file} cannot be read: ${found}.`, {
    remedy: 'Give the file as the tool wrote it.',
    at: { file },
    cause,
  })
}
