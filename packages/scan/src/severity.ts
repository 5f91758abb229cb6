import type { Severity } from '@sluice/config'

/** Words that databases and scanners use, in lower case (GHSA, Debian's and Ubuntu's trackers, Grype, CVSS). */
const WORDS: Readonly<Record<string, Severity>> = {
  critical: 'critical',
  high: 'high',
  important: 'high',
  medium: 'medium',
  moderate: 'medium',
  low: 'low',
  minor: 'low',
  negligible: 'low',
  unimportant: 'low',
}

/** The severity that a word stands for; `unknown` for one that says nothing. */
export function severityOfWord(word: unknown): Severity | 'unknown' {
  const key = typeof word === 'string' ? word.trim().toLowerCase() : ''
  return Object.hasOwn(WORDS, key) ? WORDS[key]! : 'unknown'
}

/** Qualitative rating of a base score (CVSS v3.1 specification, section 5); a score of 0 says nothing bad. */
export function severityOfScore(score: number): Severity | 'unknown' {
  if (!(score >= 0 && score <= 10)) return 'unknown'
  if (score >= 9) return 'critical'
  if (score >= 7) return 'high'
  return score >= 4 ? 'medium' : 'low'
}

type Metrics = Readonly<Record<string, Readonly<Record<string, number>>>>

// CVSS v3.1 specification, section 7.4; equal in v3.0.
const WEIGHTS: Metrics = {
  AV: { N: 0.85, A: 0.62, L: 0.55, P: 0.2 },
  AC: { L: 0.77, H: 0.44 },
  UI: { N: 0.85, R: 0.62 },
  C: { H: 0.56, L: 0.22, N: 0 },
  I: { H: 0.56, L: 0.22, N: 0 },
  A: { H: 0.56, L: 0.22, N: 0 },
}
const PRIVILEGES = {
  U: { N: 0.85, L: 0.62, H: 0.27 },
  C: { N: 0.85, L: 0.68, H: 0.5 },
} as const

/**
 * Base score of a CVSS v3.0 or v3.1 vector (v3.1 specification, section 7.1 and appendix A).
 * @returns 0 to 10 in steps of 0.1; undefined for a vector of another version or one that is incomplete
 */
export function cvss3BaseScore(vector: string): number | undefined {
  const match = /^CVSS:3\.([01])\/(.{1,200})$/.exec(vector)
  if (match === null) return undefined
  const metrics = new Map(match[2]!.split('/').map((part) => part.split(':', 2) as [string, string]))
  const weight = (name: string): number => {
    const value = metrics.get(name) ?? ''
    const table = WEIGHTS[name]!
    return Object.hasOwn(table, value) ? table[value]! : Number.NaN
  }
  const scope = metrics.get('S')
  if (scope !== 'U' && scope !== 'C') return undefined
  const privileges = PRIVILEGES[scope][metrics.get('PR') as 'N' | 'L' | 'H'] ?? Number.NaN
  const base = 1 - (1 - weight('C')) * (1 - weight('I')) * (1 - weight('A'))
  const impact = scope === 'U' ? 6.42 * base : 7.52 * (base - 0.029) - 3.25 * (base - 0.02) ** 15
  const exploitability = 8.22 * weight('AV') * weight('AC') * privileges * weight('UI')
  if (Number.isNaN(impact) || Number.isNaN(exploitability)) return undefined
  if (impact <= 0) return 0
  const total = (impact + exploitability) * (scope === 'U' ? 1 : 1.08)
  return roundUp(Math.min(total, 10))
}

/** Appendix A: the smallest number with one decimal that is not below, free of floating-point noise. */
function roundUp(value: number): number {
  const scaled = Math.round(value * 100_000)
  return scaled % 10_000 === 0 ? scaled / 100_000 : (Math.floor(scaled / 10_000) + 1) / 10
}
