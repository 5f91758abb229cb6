import type { Package } from '../vulnerability.js'
import type { Distribution } from './os-release.js'
import { purlOf } from './purl.js'

/** The installed packages of a dpkg database, or of a file of `status.d` (deb-control(5), dpkg-query(1)). */
export function parseDpkg(
  text: string,
  path: string,
  ecosystem: string,
  distribution: Distribution,
): Package[] {
  const packages: Package[] = []
  for (const fields of paragraphs(text)) {
    const name = fields.get('package')
    const version = fields.get('version')
    // Distroless images have no Status; what dpkg removed or only configured is not there to be run.
    const status = fields.get('status')
    if (name === undefined || version === undefined) continue
    if (
      status !== undefined &&
      !/ (?:installed|unpacked|half-configured|half-installed|triggers-\w+)$/.test(status)
    ) {
      continue
    }
    const architecture = fields.get('architecture')
    packages.push({
      ecosystem,
      name,
      version,
      source: sourceOf(fields.get('source'), name, version),
      purl: purlOf('deb', distribution, name, version, architecture),
      path,
    })
  }
  return packages
}

/** `Source: openssl (3.0.11-1)`; the version is given only where it differs. */
function sourceOf(source: string | undefined, name: string, version: string): Package['source'] {
  const match = /^(\S+)(?:\s+\(([^)]+)\))?$/.exec(source ?? '')
  return { name: match?.[1] ?? name, version: match?.[2] ?? version }
}

/** Fields by lower-case name; continuation lines are left out, since no wanted field has any. */
function* paragraphs(text: string): Generator<Map<string, string>> {
  let fields = new Map<string, string>()
  for (const line of text.split('\n')) {
    if (line.trim() === '') {
      if (fields.size > 0) yield fields
      fields = new Map()
      continue
    }
    const match = /^([A-Za-z][A-Za-z0-9-]*):[ \t]*(.*)$/.exec(line)
    if (match !== null) fields.set(match[1]!.toLowerCase(), match[2]!.trim())
  }
  if (fields.size > 0) yield fields
}
