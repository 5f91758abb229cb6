import type { Report } from '../report.js'

/** The report as JSON, two spaces, with a final line break. */
export function toJson(report: Report): string {
  return `${JSON.stringify(report, null, 2)}\n`
}
