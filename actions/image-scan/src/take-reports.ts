import {
  checkReport,
  type Gap,
  type InventoriedImage,
  REPORT_LIMIT,
  readReport,
  type ScannerReport,
  type Vulnerability,
} from '@sluice/scan'
import type { Context } from '@sluice/toolkit'

/** The reports of other scanners, read and checked. */
export interface TakenReports {
  readonly reports: readonly ScannerReport[]
  readonly vulnerabilities: readonly Vulnerability[]
  readonly gaps: readonly Gap[]
  /** Whether there is a report, and none leaves a doubt. */
  readonly complete: boolean
}

/** @throws SluiceError REPORT_MALFORMED, FILE_NOT_FOUND, FILE_TOO_LARGE */
export async function readReports(
  files: readonly string[],
  digest: string,
  images: readonly InventoriedImage[],
  context: Context,
): Promise<TakenReports> {
  const digests = new Set([digest, ...images.flatMap((image) => [image.digest, image.configDigest])])
  const reports: ScannerReport[] = []
  const gaps: Gap[] = []
  for (const file of files) {
    const report = readReport(await context.workspace.readText(file, REPORT_LIMIT), file)
    reports.push(report)
    gaps.push(...checkReport(report, file, digests))
  }
  return {
    reports,
    gaps,
    vulnerabilities: reports.flatMap(({ vulnerabilities }) => vulnerabilities),
    complete: reports.length > 0 && gaps.length === 0,
  }
}
