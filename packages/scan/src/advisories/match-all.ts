import type { Gap, Package, Vulnerability } from '../vulnerability.js'
import type { AdvisoryDatabase } from './database.js'
import { matchAdvisory, sameEcosystem } from './match.js'
import type { OsvRecord } from './osv.js'

/** Names under which advisories may speak of these packages. */
export function advisoryNames(packages: readonly Package[]): Set<string> {
  return new Set(packages.map(({ source }) => source.name))
}

/**
 * Holds every package against the database. A database that knows nothing of a package's ecosystem, is not
 * whole, or cannot be compared is a gap, since its silence means nothing. Pure.
 */
export function matchAll(
  packages: readonly Package[],
  database: AdvisoryDatabase,
): { readonly vulnerabilities: Vulnerability[]; readonly gaps: Gap[] } {
  const gaps: Gap[] = []
  for (const ecosystem of new Set(packages.map((item) => item.ecosystem))) {
    if (![...database.ecosystems].some((name) => sameEcosystem(ecosystem, name)))
      gaps.push(missing(ecosystem))
  }
  for (const name of database.malformed.slice(0, 20)) gaps.push(malformed(name))
  const byName = indexByName(database.records)
  const vulnerabilities: Vulnerability[] = []
  const undecided = new Set<string>()
  for (const item of packages) {
    for (const advisory of byName.get(item.source.name) ?? []) {
      const match = matchAdvisory(item, advisory)
      if (match.state === 'affected') vulnerabilities.push(match.vulnerability)
      else if (match.state === 'undecided') {
        const key = `${advisory.id} ${item.source.name} ${item.source.version}`
        if (!undecided.has(key)) gaps.push(cannotCompare(advisory.id, item, match.why))
        undecided.add(key)
      }
    }
  }
  return { vulnerabilities, gaps }
}

function indexByName(records: readonly OsvRecord[]): Map<string, OsvRecord[]> {
  const index = new Map<string, OsvRecord[]>()
  for (const record of records) {
    const names = (record.affected ?? []).flatMap(({ package: about }) => {
      if (about === undefined) return []
      return about.ecosystem.startsWith('PyPI')
        ? [about.name.replace(/[-_.]+/g, '-').toLowerCase()]
        : [about.name]
    })
    for (const name of new Set(names)) {
      const list = index.get(name)
      if (list === undefined) index.set(name, [record])
      else list.push(record)
    }
  }
  return index
}

function missing(ecosystem: string): Gap {
  return {
    rule: 'image/advisories-missing',
    level: 'unknown',
    message: `The advisories hold nothing about ${ecosystem}, so its packages were not compared.`,
    remedy: `Add the OSV records of ${ecosystem.split(':', 1)[0]} to \`advisories\`.`,
  }
}

function malformed(name: string): Gap {
  return {
    rule: 'image/advisory-malformed',
    level: 'unknown',
    message: `The advisory ${name} is not an OSV record.`,
    remedy: 'Download the database again.',
  }
}

function cannotCompare(id: string, item: Package, why: string): Gap {
  return {
    rule: 'image/advisory-undecided',
    level: 'unknown',
    message: `Whether ${id} is about ${item.name} ${item.version} cannot be decided: ${why}.`,
    remedy: 'Look into the advisory, and waive this with what you found.',
  }
}
