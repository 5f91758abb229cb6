import { posix } from 'node:path'
import type { Kept } from '../image/root-files.js'
import { type Role, wanted } from '../image/wanted.js'
import type { Gap, Package } from '../vulnerability.js'
import { parseApk } from './apk.js'
import { parseDpkg } from './dpkg.js'
import { type Distribution, ecosystemOf, parseOsRelease } from './os-release.js'
import { parsePython } from './python.js'

/** What is installed in an image, and what could not be told. */
export interface Inventory {
  readonly distribution?: Distribution
  readonly packages: readonly Package[]
  readonly gaps: readonly Gap[]
}

const OUT_OF_SCOPE: Readonly<Partial<Record<Role, string>>> = {
  npm: 'npm packages',
  java: 'Java archives',
  ruby: 'Ruby gems',
  conda: 'conda packages',
}
const DATABASES: Readonly<Record<string, 'dpkg' | 'apk'>> = {
  debian: 'dpkg',
  ubuntu: 'dpkg',
  alpine: 'apk',
  wolfi: 'apk',
  chainguard: 'apk',
}

/**
 * The inventory of an image's kept files. An unknown distribution, a missing database of packages, or one that
 * is not understood is a gap: silence about it would pass for health. Pure.
 */
export function takeInventory(files: ReadonlyMap<string, Kept>): Inventory {
  const gaps: Gap[] = []
  const byRole = Map.groupBy(files.keys(), (path) => wanted(path)?.role ?? 'os-release')
  const text = (path: string) => readText(files, path, gaps)
  const distribution = findDistribution(byRole.get('os-release') ?? [], text)
  const ecosystem = distribution === undefined ? undefined : ecosystemOf(distribution)

  const packages: Package[] = []
  for (const path of byRole.get('python') ?? []) {
    const content = text(path)
    if (content === undefined) continue
    const found = parsePython(content, path)
    if (found === undefined) gaps.push(unreadable(path, 'it names no package'))
    else packages.push(found)
  }
  if (distribution !== undefined && ecosystem !== undefined) {
    const own = DATABASES[distribution.id] ?? 'dpkg'
    const parse = own === 'apk' ? parseApk : parseDpkg
    const paths = byRole.get(own) ?? []
    const installed = paths.flatMap((path) => parse(text(path) ?? '', path, ecosystem, distribution))
    if (installed.length === 0) gaps.push(noPackages(distribution))
    packages.push(...installed)
    // Whoever writes os-release could otherwise choose which of two databases is looked at.
    for (const path of byRole.get(own === 'apk' ? 'dpkg' : 'apk') ?? []) {
      gaps.push(unreadable(path, `it is no database of ${distribution.name}`))
    }
  } else gaps.push(unknownDistribution(distribution, packages.length))
  if (byRole.has('rpm')) gaps.push(unreadable('the rpm database', 'its format is not examined'))
  for (const [role, paths] of byRole) {
    const what = OUT_OF_SCOPE[role]
    if (what !== undefined) gaps.push(outOfScope(what, paths.length))
  }
  return { ...(distribution === undefined ? {} : { distribution }), packages: unique(packages), gaps }
}

type Text = (path: string) => string | undefined

function findDistribution(paths: readonly string[], text: Text): Distribution | undefined {
  // etc comes first: it is what a running system reads (os-release(5)).
  for (const path of [...paths].sort()) {
    const found = parseOsRelease(text(path) ?? '')
    if (found !== undefined) return found
  }
  return undefined
}

/** The text of a kept file, through links to other kept files. */
function readText(files: ReadonlyMap<string, Kept>, path: string, gaps: Gap[]): string | undefined {
  let at = path
  for (let hops = 0; hops < 8; hops++) {
    const kept = files.get(at)
    if (kept === undefined) break
    if (kept.kind === 'unreadable') {
      gaps.push(unreadable(path, kept.why))
      return undefined
    }
    if (kept.kind === 'file') {
      if (kept.cut && wanted(at)?.role !== 'python') gaps.push(unreadable(path, 'it is larger than is read'))
      return Buffer.from(kept.bytes).toString('utf8')
    }
    at = posix.resolve('/', posix.dirname(at), kept.target).slice(1)
  }
  // A link to nowhere is a file that is not there, unless it is all there is; then the gap comes from that.
  if (wanted(path)?.role !== 'os-release')
    gaps.push(unreadable(path, 'it is a link to a file that is not kept'))
  return undefined
}

/** The same package of the same version may be installed for two architectures. */
function unique(packages: readonly Package[]): Package[] {
  return [...new Map(packages.map((item) => [`${item.purl}\n${item.path}`, item])).values()]
}

function unreadable(path: string, why: string): Gap {
  return {
    rule: 'image/inventory-unreadable',
    level: 'unknown',
    message: `${path} is in the image and cannot be examined: ${why}.`,
    remedy: 'Scan the image with another scanner as well and give its report in `reports`, or waive this.',
  }
}

function noPackages(distribution: Distribution): Gap {
  return {
    rule: 'image/no-packages',
    level: 'unknown',
    message: `The image is ${distribution.name} and lists no installed packages, so nothing was compared.`,
    remedy: 'Keep the database of packages in the image; its removal hides what is in it.',
  }
}

function unknownDistribution(distribution: Distribution | undefined, others: number): Gap {
  const what =
    distribution === undefined
      ? 'The image names no distribution'
      : `The distribution ${distribution.name} is not known`
  return {
    rule: 'image/unknown-distribution',
    level: 'unknown',
    message: `${what}; only ${others} Python packages could be compared.`,
    remedy:
      'Build on Debian, Ubuntu, Alpine or Wolfi, or give the report of a scanner that knows it in `reports`.',
  }
}

function outOfScope(what: string, count: number): Gap {
  return {
    rule: 'image/not-covered',
    level: 'warning',
    message: `The image holds ${count} ${what}, which are not compared with advisories.`,
    remedy: 'Give the report of a scanner that reads them in `reports`, or waive this with a reason.',
  }
}
