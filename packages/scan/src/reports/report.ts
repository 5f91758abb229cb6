import { SluiceError } from '@sluice/errors'
import * as v from 'valibot'
import type { Vulnerability } from '../vulnerability.js'

/** What another scanner reported, in our words. */
export interface ScannerReport {
  /** `trivy`, `grype`, `osv-scanner`, or what a SARIF file names. */
  readonly tool: string
  readonly toolVersion?: string
  /** When the scanner's database was built, RFC 3339. */
  readonly databaseBuilt?: string
  /** Digests by which the report names the image: manifests, indexes, configs. */
  readonly digests: readonly string[]
  readonly vulnerabilities: readonly Vulnerability[]
  /** Why the report does not show a whole scan. */
  readonly doubts: readonly string[]
}

const text = v.pipe(v.string(), v.maxLength(65_536))

/** Schema pieces that adapters share. Unknown members are left alone: newer scanners add some. */
export const s = {
  text,
  maybe: <T extends v.GenericSchema>(schema: T) => v.exactOptional(v.nullable(schema)),
  list: <T extends v.GenericSchema>(schema: T) => v.pipe(v.array(schema), v.maxLength(1_000_000)),
}

/** @throws SluiceError REPORT_MALFORMED when `json` does not follow the schema of `tool`'s reports */
export function parseReport<T extends v.GenericSchema>(
  schema: T,
  json: unknown,
  tool: string,
  file: string,
): v.InferOutput<T> {
  const result = v.safeParse(schema, json)
  if (result.success) return result.output
  const [issue] = result.issues
  throw malformedReport(file, `it is no report of ${tool}: ${v.getDotPath(issue) ?? ''} ${issue.message}`)
}

export function malformedReport(file: string, why: string): SluiceError {
  return new SluiceError('REPORT_MALFORMED', `The scanner report ${file} cannot be read: ${why}.`, {
    remedy: 'Give the whole report as JSON of Trivy, Grype or OSV-Scanner, or as SARIF.',
    at: { file },
  })
}

/** `sha256:<hex>` of `repository@sha256:<hex>` or of a bare digest. */
export function digestIn(reference: string | null | undefined): string[] {
  const match = /(?:^|@)(sha256:[0-9a-f]{64})$/.exec(reference ?? '')
  return match === null ? [] : [match[1]!]
}

/** Without members that are undefined or empty, as `Vulnerability.package` wants it. */
export function packageOf(
  name: string,
  version: string,
  purl: string | null | undefined,
  path?: string | null,
): Vulnerability['package'] {
  return { name, version, ...(purl ? { purl } : {}), ...(path ? { path } : {}) }
}
