import { type Finding, fingerprint, type Level, type Location } from '@sluice/verdict'
import type { Collection } from './collect.js'
import { type PinLevel, reaches } from './pin.js'
import type { Reference, Span } from './reference.js'
import { remedyFor } from './remedy.js'
import { exemption, ownerOf } from './uses.js'

export interface PinPolicy {
  readonly level: PinLevel
  /** Owners on GitHub, any case. */
  readonly trustedOwners: readonly string[]
}

/** What one reference amounts to under a policy. */
export type Ruling =
  | { readonly kind: 'fine' }
  | { readonly kind: 'weak'; readonly found: string; readonly excuse?: string }
  | { readonly kind: 'undecided'; readonly because: string }

/** Holds a reference against the policy. Pure. */
export function rule(reference: Reference, policy: PinPolicy): Ruling {
  const { pin } = reference
  switch (pin.state) {
    case 'unknown':
      return { kind: 'undecided', because: pin.because }
    case 'unpinned':
      return { kind: 'weak', found: pin.found }
    case 'pinned': {
      if (reaches(pin.level, policy.level)) return { kind: 'fine' }
      const found = `only the version \`${pin.by}\`, which its owner can still replace`
      const excuse = excuseFor(reference, policy)
      return { kind: 'weak', found, ...(excuse === undefined ? {} : { excuse }) }
    }
  }
}

/** Findings of a collection, in the order of files and lines. Pure. */
export function judge(collection: Collection, policy: PinPolicy): Finding[] {
  const counts = new Map<string, number>()
  const finding = (parts: Omit<Finding, 'fingerprint'>, ...identity: string[]): Finding => {
    const key = [parts.rule, ...identity].join('\0')
    const ordinal = counts.get(key) ?? 0
    counts.set(key, ordinal + 1)
    return { ...parts, fingerprint: fingerprint(parts.rule, ...identity, String(ordinal)) }
  }
  const findings: Finding[] = []
  for (const { file, because, span } of collection.problems) {
    const location = locate(file, span)
    const message = `${file} was not examined: ${because}.`
    const remedy =
      'Mend the file, or leave it out with `pins.ignore` in sluice.yaml if nothing is built from it.'
    findings.push(
      finding({ rule: 'pin-check/unreadable', level: 'unknown', message, location, remedy }, file, because),
    )
  }
  for (const reference of collection.references) {
    const { kind, text, file } = reference
    const ruling = rule(reference, policy)
    const location = locate(file, reference.span)
    if (ruling.kind === 'undecided') {
      const message = `Whether \`${text}\` is pinned cannot be told: ${ruling.because}.`
      const remedy = remedyFor(reference)
      findings.push(
        finding({ rule: 'pin-check/undecided', level: 'unknown', message, location, remedy }, file, text),
      )
    }
    if (ruling.kind === 'weak') {
      const level: Level = ruling.excuse === undefined ? 'error' : 'note'
      const excuse = ruling.excuse === undefined ? '' : ` It passes because ${ruling.excuse}.`
      const message = `The ${kind} \`${text}\` is not pinned: found ${ruling.found}; expected ${EXPECTED[kind][policy.level]}.${excuse}`
      const parts = {
        rule: `pin-check/unpinned-${kind}`,
        level,
        message,
        location,
        remedy: remedyFor(reference),
      }
      findings.push(finding(parts, file, text))
    }
  }
  return [...findings, ...confusion(collection, finding)].sort(byPlace)
}

/**
 * A second index next to requirements without hashes: whoever registers the same name there with a higher
 * version is installed (dependency confusion).
 */
function confusion(
  { extraIndexes, references }: Collection,
  finding: (parts: Omit<Finding, 'fingerprint'>, ...identity: string[]) => Finding,
): Finding[] {
  const hashed = references.every(
    ({ kind, pin }) => kind !== 'requirement' || (pin.state === 'pinned' && pin.level === 'content-hash'),
  )
  if (hashed) return []
  return extraIndexes.map(({ file, span }) =>
    finding(
      {
        rule: 'pin-check/extra-index',
        level: 'warning',
        message: `${file} adds a package source while requirements have no hashes: a package of the same name there can take their place.`,
        location: locate(file, span),
        remedy: 'Give every requirement its hashes (`pip-compile --generate-hashes`), or use one index only.',
      },
      file,
    ),
  )
}

const EXPECTED: Record<Reference['kind'], Record<PinLevel, string>> = {
  action: { 'content-hash': 'a commit of 40 hex digits', 'exact-version': 'a full version or a commit' },
  workflow: { 'content-hash': 'a commit of 40 hex digits', 'exact-version': 'a full version or a commit' },
  image: { 'content-hash': 'a digest (@sha256:…)', 'exact-version': 'a full version or a digest' },
  requirement: {
    'content-hash': 'a hash (--hash=sha256:…)',
    'exact-version': '`==` and a version, or a hash',
  },
  download: { 'content-hash': '--checksum=sha256:…', 'exact-version': '--checksum=sha256:…' },
}

function excuseFor({ kind, text }: Reference, { trustedOwners }: PinPolicy): string | undefined {
  if (kind !== 'action' && kind !== 'workflow') return undefined
  const owner = ownerOf(text)
  const trusted = owner !== undefined && trustedOwners.some((name) => name.toLowerCase() === owner)
  return exemption(text) ?? (trusted ? `\`${owner}\` is one of the trusted owners` : undefined)
}

function locate(file: string, span: Span | undefined): Location {
  return span === undefined ? { file } : { file, ...span }
}

function byPlace(a: Finding, b: Finding): number {
  const [left, right] = [a.location, b.location]
  if (left?.file !== right?.file) return (left?.file ?? '') < (right?.file ?? '') ? -1 : 1
  return (left?.line ?? 0) - (right?.line ?? 0) || (left?.column ?? 0) - (right?.column ?? 0)
}
