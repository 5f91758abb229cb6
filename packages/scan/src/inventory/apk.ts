import type { Package } from '../vulnerability.js'
import type { Distribution } from './os-release.js'
import { purlOf } from './purl.js'

/** The packages of an apk database (apk-package(5), installed database: `P` name, `V` version, `o` origin). */
export function parseApk(
  text: string,
  path: string,
  ecosystem: string,
  distribution: Distribution,
): Package[] {
  const packages: Package[] = []
  for (const paragraph of text.split(/\n\s*\n/)) {
    const field = (letter: string) => new RegExp(`^${letter}:(.+)$`, 'm').exec(paragraph)?.[1]?.trim()
    const name = field('P')
    const version = field('V')
    if (name === undefined || version === undefined) continue
    packages.push({
      ecosystem,
      name,
      version,
      source: { name: field('o') ?? name, version },
      purl: purlOf('apk', distribution, name, version, field('A')),
      path,
    })
  }
  return packages
}
