import type { Severity } from '@sluice/config'
import { cvss3BaseScore, severityOfScore, severityOfWord } from '../severity.js'
import { type Compare, comparatorOf } from '../versions/compare.js'
import { type Package, preferredId, type Vulnerability, worstSeverity } from '../vulnerability.js'
import type { OsvAffected, OsvRecord } from './osv.js'

/** Whether an advisory is about a package, and the vulnerability when it is. */
export type Match =
  | { readonly state: 'affected'; readonly vulnerability: Vulnerability }
  | { readonly state: 'not-affected' }
  /** Versions that cannot be ordered, or ranges of a kind that says nothing about a package's version. */
  | { readonly state: 'undecided'; readonly why: string }

/** Whether two names of an ecosystem mean the same: the release is compared only where both name one. */
export function sameEcosystem(ours: string, theirs: string): boolean {
  const [base, release] = split(ours)
  const [otherBase, otherRelease] = split(theirs)
  if (base !== otherBase) return false
  if (release === '' || otherRelease === '') return true
  // `Ubuntu:22.04:LTS` is what `22.04` is in OSV; `Ubuntu:Pro:22.04:LTS` is another thing.
  return otherRelease === release || otherRelease === `${release}:LTS`
}

function split(ecosystem: string): [string, string] {
  const colon = ecosystem.indexOf(':')
  return colon < 0 ? [ecosystem, ''] : [ecosystem.slice(0, colon), ecosystem.slice(colon + 1)]
}

/** Holds one package against one advisory (OSV schema, "Evaluation"). Pure. */
export function matchAdvisory(item: Package, advisory: OsvRecord): Match {
  if (advisory.withdrawn) return { state: 'not-affected' }
  const compare = comparatorOf(item.ecosystem)
  if (compare === undefined)
    return { state: 'undecided', why: `versions of ${item.ecosystem} cannot be ordered` }
  let undecided: string | undefined
  const hits: OsvAffected[] = []
  for (const affected of advisory.affected ?? []) {
    if (affected.package === undefined || !isAbout(affected.package, item)) continue
    const state = isAffected(item.source.version, affected, compare)
    if (state === 'affected') hits.push(affected)
    else if (state !== 'not-affected') undecided = state.why
  }
  if (hits.length > 0)
    return { state: 'affected', vulnerability: toVulnerability(item, advisory, hits, compare) }
  return undecided === undefined ? { state: 'not-affected' } : { state: 'undecided', why: undecided }
}

function isAbout(theirs: { ecosystem: string; name: string }, item: Package): boolean {
  if (!sameEcosystem(item.ecosystem, theirs.ecosystem)) return false
  if (item.ecosystem === 'PyPI') return theirs.name.replace(/[-_.]+/g, '-').toLowerCase() === item.name
  return theirs.name === item.source.name
}

type Affected = 'affected' | 'not-affected' | { readonly why: string }

function isAffected(version: string, affected: OsvAffected, compare: Compare): Affected {
  const versions = affected.versions ?? []
  if (versions.includes(version) || versions.some((other) => compare(version, other) === 0)) return 'affected'
  const ranges = affected.ranges ?? []
  const ordered = ranges.filter(({ type }) => type !== 'GIT')
  let undecided: Affected | undefined
  for (const { events } of ordered) {
    const state = inRange(version, events, compare)
    if (state === 'affected') return state
    if (state !== 'not-affected') undecided = state
  }
  if (undecided !== undefined) return undecided
  if (ordered.length === 0 && versions.length === 0) return { why: 'it names no versions' }
  return 'not-affected'
}

/** Walks the events in the order of their versions; the last one that is not above the version decides. */
function inRange(version: string, events: readonly RangeEvent[], compare: Compare): Affected {
  const steps: { at: string; from: boolean; inclusive: boolean }[] = []
  for (const event of events) {
    if (event.introduced !== undefined) steps.push({ at: event.introduced, from: true, inclusive: true })
    if (event.fixed !== undefined) steps.push({ at: event.fixed, from: false, inclusive: true })
    if (event.last_affected !== undefined)
      steps.push({ at: event.last_affected, from: false, inclusive: false })
  }
  const above = (at: string): number | undefined => (at === '0' ? 1 : compare(version, at))
  for (const { at } of steps) {
    if (above(at) === undefined) return { why: `the versions ${version} and ${at} cannot be ordered` }
  }
  const order = (a: string, b: string) =>
    a === b ? 0 : a === '0' ? -1 : b === '0' ? 1 : (compare(a, b) ?? 0)
  steps.sort((a, b) => order(a.at, b.at))
  let affected = false
  for (const { at, from, inclusive } of steps) {
    const distance = above(at)!
    if (distance > 0 || (distance === 0 && inclusive)) affected = from
  }
  return affected ? 'affected' : 'not-affected'
}

interface RangeEvent {
  readonly introduced?: string
  readonly fixed?: string
  readonly last_affected?: string
}

function toVulnerability(
  item: Package,
  advisory: OsvRecord,
  hits: readonly OsvAffected[],
  compare: Compare,
): Vulnerability {
  const names = [advisory.id, ...(advisory.aliases ?? []), ...(advisory.upstream ?? [])]
  const id = preferredId(names)
  const { severity, score } = rate(advisory, hits)
  return {
    id,
    aliases: [...new Set(names)].filter((name) => name !== id),
    package: { name: item.name, version: item.version, purl: item.purl, path: item.path },
    severity,
    ...(score === undefined ? {} : { score }),
    fixed: fixesOf(hits, item.source.version, compare),
    sources: ['osv'],
  }
}

/** The fixed versions above the installed one, the lowest first. */
function fixesOf(hits: readonly OsvAffected[], version: string, compare: Compare): string[] {
  const fixes = hits.flatMap(({ ranges }) =>
    (ranges ?? []).flatMap(({ type, events }) =>
      type === 'GIT' ? [] : events.flatMap(({ fixed }) => fixed ?? []),
    ),
  )
  const later = [...new Set(fixes)].filter((fixed) => (compare(fixed, version) ?? 1) > 0)
  return later.sort((a, b) => compare(a, b) ?? 0)
}

/** The worst of what the record states: CVSS v3 vectors, words of the database, and the distribution's urgency. */
function rate(
  advisory: OsvRecord,
  hits: readonly OsvAffected[],
): { severity: Severity | 'unknown'; score?: number } {
  const stated = [...(advisory.severity ?? []), ...hits.flatMap(({ severity }) => severity ?? [])]
  const scores = stated.flatMap(({ score }) => cvss3BaseScore(score) ?? [])
  const words = [
    ...stated.filter(({ type }) => !type.startsWith('CVSS')).map(({ score }) => score),
    advisory.database_specific?.['severity'],
    ...hits.flatMap((hit) => [
      hit.ecosystem_specific?.['urgency'],
      hit.ecosystem_specific?.['severity'],
      hit.database_specific?.['severity'],
    ]),
  ]
  const severity = worstSeverity([...scores.map(severityOfScore), ...words.map(severityOfWord)])
  return scores.length === 0 ? { severity } : { severity, score: Math.max(...scores) }
}
