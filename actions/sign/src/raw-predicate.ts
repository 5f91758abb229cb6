import { SluiceError } from '@sluice/errors'
import { parseStrictJson } from '@sluice/evidence'
import type { Context } from '@sluice/toolkit'
import type { Inputs } from './action.js'

/** The most that GitHub takes in one predicate (actions/attest, action.yml). */
const PREDICATE_LIMIT = 16 * 1024 * 1024
const TYPE = /^[a-z][a-z0-9+.-]*:[^\s\u0000-\u001f]+$/i

/** What another tool has to say about the subject. */
export interface RawPredicate {
  readonly type: string
  readonly predicate: Readonly<Record<string, unknown>>
}

/**
 * The predicate in the inputs, as `actions/attest` takes it: a type with the predicate as text or file, or an SBOM
 * whose type is known by its members.
 * @throws SluiceError SIGN_RAW_PREDICATE
 */
export async function readRawPredicate(inputs: Inputs, context: Context): Promise<RawPredicate | undefined> {
  const { predicateType, predicate, predicatePath, sbomPath } = inputs
  const given = [predicate, predicatePath, sbomPath].filter((input) => input !== undefined).length
  if (given === 0 && predicateType === undefined) return undefined
  if (given !== 1 || (sbomPath === undefined) !== (predicateType !== undefined)) {
    throw unfit(
      '`predicate-type` goes with one of `predicate` and `predicate-path`, and `sbom-path` stands alone',
    )
  }
  const file = predicatePath ?? sbomPath
  const text =
    file === undefined ? (predicate ?? '') : await context.workspace.readText(file, PREDICATE_LIMIT)
  const value = parse(text, file)
  if (predicateType === undefined) return { type: sbomType(value, file ?? ''), predicate: value }
  if (predicateType.length > 1024 || !TYPE.test(predicateType))
    throw unfit(`\`predicate-type\` is ${JSON.stringify(predicateType.slice(0, 100))}, which is no URI`)
  return { type: predicateType, predicate: value }
}

/** The types of cosign and `actions/attest`. @throws SluiceError SIGN_RAW_PREDICATE */
export function sbomType(value: Readonly<Record<string, unknown>>, file: string): string {
  const { spdxVersion, bomFormat } = value
  const version = typeof spdxVersion === 'string' ? /^SPDX-(\d+\.\d+)$/.exec(spdxVersion)?.[1] : undefined
  if (version !== undefined) return `https://spdx.dev/Document/v${version}`
  if (bomFormat === 'CycloneDX') return 'https://cyclonedx.org/bom'
  throw unfit(`${file} is neither SPDX 2 nor CycloneDX in JSON`)
}

function parse(text: string, file: string | undefined): Record<string, unknown> {
  const name = file ?? '`predicate`'
  if (Buffer.byteLength(text) > PREDICATE_LIMIT) throw unfit(`${name} has more than ${PREDICATE_LIMIT} bytes`)
  let value: unknown
  try {
    value = parseStrictJson(text, name)
  } catch (cause) {
    throw unfit(`${name} is not one unambiguous JSON document`, cause)
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return value as Record<string, unknown>
  throw unfit(`${name} is no JSON object`)
}

function unfit(why: string, cause?: unknown): SluiceError {
  return new SluiceError('SIGN_RAW_PREDICATE', `${why}.`, {
    remedy:
      'Give `predicate-type` with `predicate` or `predicate-path`, or `sbom-path` with an SBOM in SPDX or CycloneDX JSON.',
    cause,
  })
}
