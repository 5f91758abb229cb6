import { readGrype } from './grype.js'
import { readOsvScanner } from './osv-scanner.js'
import { malformedReport, type ScannerReport } from './report.js'
import { readSarif } from './sarif.js'
import { readTrivy } from './trivy.js'

/** A report larger than this is refused before it is parsed. */
export const REPORT_LIMIT = 256 * 1024 * 1024

/**
 * Reads another scanner's report; which one it is is told from its content.
 * @throws SluiceError REPORT_MALFORMED when it is none, empty or not whole
 */
export function readReport(text: string, file: string): ScannerReport {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    throw malformedReport(file, text.trim() === '' ? 'it is empty' : 'it is not JSON, or cut off')
  }
  if (typeof json !== 'object' || json === null || Array.isArray(json))
    throw malformedReport(file, 'it is no JSON object')
  if ('SchemaVersion' in json) return readTrivy(json, file)
  if ('runs' in json) return readSarif(json, file)
  if ('matches' in json || 'descriptor' in json) return readGrype(json, file)
  if ('results' in json) return readOsvScanner(json, file)
  throw malformedReport(file, 'it is of no scanner that is known')
}
