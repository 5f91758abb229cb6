import { PackageURL } from 'packageurl-js'
import type { Package } from '../vulnerability.js'

/** The distribution that a METADATA or PKG-INFO file describes (Core metadata specifications); undefined for none. */
export function parsePython(text: string, path: string): Package | undefined {
  // Headers end at the first empty line; a description follows that may hold anything.
  const headers = text.replaceAll('\r\n', '\n').split('\n\n', 1)[0]!
  const header = (name: string) => new RegExp(`^${name}:[ \\t]*(.+)$`, 'im').exec(headers)?.[1]?.trim()
  const raw = header('Name')
  const version = header('Version')
  if (raw === undefined || version === undefined) return undefined
  const name = normalizeName(raw)
  return {
    ecosystem: 'PyPI',
    name,
    version,
    source: { name, version },
    purl: new PackageURL('pypi', undefined, name, version, undefined, undefined).toString(),
    path,
  }
}

/** Names that differ only so are the same (Python packaging, "Names and normalization"). */
export function normalizeName(name: string): string {
  return name.replace(/[-_.]+/g, '-').toLowerCase()
}
