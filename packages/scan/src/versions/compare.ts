import { compare as comparePep440, valid as isPep440 } from '@renovatebot/pep440'
import { compareApk } from './apk.js'
import { compareDpkg } from './dpkg.js'

/** Negative, zero or positive; undefined when one of the two is no version of the ecosystem. */
export type Compare = (a: string, b: string) => number | undefined

const BY_ECOSYSTEM: Readonly<Record<string, Compare>> = {
  Debian: compareDpkg,
  Ubuntu: compareDpkg,
  Alpine: compareApk,
  Wolfi: compareApk,
  Chainguard: compareApk,
  PyPI: (a, b) => (isPep440(a) && isPep440(b) ? comparePep440(a, b) : undefined),
}

/** How versions of an ecosystem are ordered; undefined for one that is not known. */
export function comparatorOf(ecosystem: string): Compare | undefined {
  const base = ecosystem.split(':', 1)[0]!
  return Object.hasOwn(BY_ECOSYSTEM, base) ? BY_ECOSYSTEM[base] : undefined
}
