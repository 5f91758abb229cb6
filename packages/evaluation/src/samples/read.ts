import { parseHarnessJson } from '../harness/json.js'
import { isZip } from '../harness/read.js'
import type { InputFormat } from '../table/read.js'
import { deepevalSamples, promptfooSamples } from './cases.js'
import { inspectArchive, inspectSamples } from './inspect.js'
import { lmEvalSamples } from './lm-eval.js'
import type { SampleFile } from './sample.js'

/** Bytes of a log that is one JSON document: it is parsed at once. */
const JSON_BYTES = 256 * 1024 * 1024

/**
 * Tells by its content whether a file holds the samples of an evaluation tool.
 * @param format what its name says
 * @returns undefined when it holds something else, a table or a summary
 */
export function openSamples(file: string, bytes: Uint8Array, format: InputFormat): SampleFile | undefined {
  if (format === 'json-lines') return lmEvalSamples(file, bytes)
  if (format !== 'summary') return undefined
  if (isZip(bytes)) return inspectArchive(file, bytes)
  if (bytes.byteLength > JSON_BYTES) return undefined
  let value: unknown
  try {
    value = parseHarnessJson(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch {
    // Whoever reads it as a summary says what is wrong with it.
    return undefined
  }
  return inspectSamples(file, value) ?? promptfooSamples(file, value) ?? deepevalSamples(file, value)
}
