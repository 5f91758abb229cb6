import { SluiceError } from '@sluice/errors'
import { refusal } from '../refusal.js'

/**
 * Who has to have signed: a name that is compared exactly, or a pattern in which `*` stands for any characters but `/`
 * and `@`, and in the subject of a certificate (`CN=…`) also but `,`, `+` and `\`, which part it. Patterns are compared as a
 * whole, from the first character to the last.
 */
export type Identity = string | { readonly pattern: string }

/** A longer pattern or name is not compared. */
const LENGTH_LIMIT = 2048

/**
 * Reads a pattern for identities. What says who may certify names there has to be written out: of a URL its host and
 * the first part of its path (the owner, at GitHub), of an e-mail address its domain.
 * @throws SluiceError VERIFY_IDENTITY_PATTERN
 */
export function identityPattern(pattern: string): { readonly pattern: string } {
  const refuse = (why: string) =>
    new SluiceError(
      'VERIFY_IDENTITY_PATTERN',
      `The pattern ${JSON.stringify(pattern.slice(0, 200))} ${why}.`,
      {
        remedy:
          'Write the identity with `*` for a part, such as `https://github.com/acme/*/.github/workflows/release.yml@refs/heads/main`; `*` stands for anything but `/` and `@`, in a distinguished name but `,` and `+`.',
      },
    )
  if (pattern === '' || pattern.length > LENGTH_LIMIT) throw refuse('is empty or too long')
  if (pattern.includes('**')) throw refuse('has `**`, and no part of a name may be left out as a whole')
  const url = /^[a-z][a-z0-9+.-]*:\/\/([^/]*)(?:\/([^/]*))?/i.exec(pattern)
  const [, domain] = /^[^/@]+@([^/@]+)$/.exec(pattern) ?? []
  const fixed = url ? [url[1], url[2]] : domain === undefined ? undefined : [domain]
  if (fixed?.some((part) => part?.includes('*')))
    throw refuse('leaves open the host, the owner or the domain, so anybody could have such a name')
  if (fixed === undefined && !/[^*/@.,=\s]{3}/.test(pattern)) throw refuse('would match almost any name')
  return { pattern }
}

/** How a subject begins, as RFC 4514 writes it; no URL does. */
const SUBJECT = /^(\w+|\d+(\.\d+)+)=/

/** Whether a name is the one expected, or one that the pattern means: part by part, since `*` crosses none of the marks. */
export function isIdentity(expected: Identity, found: string): boolean {
  if (typeof expected === 'string') return expected === found
  if (found.length > LENGTH_LIMIT) return false
  const marks = SUBJECT.test(found) ? /([/@,+\\])/ : /([/@])/
  const wanted = expected.pattern.split(marks)
  const given = found.split(marks)
  return wanted.length === given.length && wanted.every((part, index) => matches(part, given[index] ?? ''))
}

/** @throws SluiceError EVIDENCE_IDENTITY_MISMATCH naming what was found */
export function judgeIdentity(expected: Identity, found: readonly string[]): string {
  const [first = 'nobody'] = found
  const name = found.find((candidate) => isIdentity(expected, candidate))
  if (name !== undefined) return name
  throw refusal(
    'EVIDENCE_IDENTITY_MISMATCH',
    `Signed by ${
      found.length < 2
        ? JSON.stringify(first)
        : found
            .map((one) => JSON.stringify(one))
            .join(', ')
            .slice(0, 600)
    }; expected ${shownIdentity(expected)}.`,
  )
}

export function shownIdentity(identity: Identity): string {
  return typeof identity === 'string' ? identity : `one like ${identity.pattern}`
}

/** `*` stands for any run of characters; greedy from the left, with the last star taken up again on a mismatch. */
function matches(pattern: string, text: string): boolean {
  let p = 0
  let star = -1
  let resume = 0
  for (let t = 0; t < text.length; ) {
    if (pattern[p] === '*') {
      star = p++
      resume = t
    } else if (pattern[p] === text[t]) {
      p++
      t++
    } else if (star >= 0) {
      p = star + 1
      t = ++resume
    } else return false
  }
  while (pattern[p] === '*') p++
  return p === pattern.length
}
