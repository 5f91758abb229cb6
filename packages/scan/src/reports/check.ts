import type { Gap } from '../vulnerability.js'
import type { ScannerReport } from './report.js'

/**
 * Why a report does not show a whole scan of the image. A report that names digests must name one of ours.
 * @param digests of the image's index, manifests and configs
 */
export function checkReport(report: ScannerReport, file: string, digests: ReadonlySet<string>): Gap[] {
  const gaps = report.doubts.map((doubt): Gap => {
    return {
      rule: 'image/report-incomplete',
      level: 'unknown',
      message: `The report ${file} of ${report.tool} does not show a whole scan: ${doubt}.`,
      remedy: 'Run the scanner again on the image and give its whole report.',
    }
  })
  if (report.digests.length > 0 && !report.digests.some((digest) => digests.has(digest))) {
    gaps.push({
      rule: 'image/report-of-another-image',
      level: 'unknown',
      message: `The report ${file} of ${report.tool} is about ${report.digests[0]}, which is not this image.`,
      remedy: 'Scan this image, by its digest, and give that report.',
    })
  }
  return gaps
}
