import { compareNumbers } from './dpkg.js'

/** Kinds of token; of two versions that are equal so far, the one whose next token comes earlier is greater. */
const KINDS = ['first', 'number', 'letter', 'suffix', 'suffix-number', 'hash', 'revision', 'end'] as const

interface Token {
  readonly kind: (typeof KINDS)[number]
  readonly text: string
}

/** Those before the empty string mark a version before its release. */
const SUFFIXES = ['alpha', 'beta', 'pre', 'rc', '', 'cvs', 'svn', 'git', 'hg', 'p']
const RELEASE = SUFFIXES.indexOf('')
const FORM =
  /^(\d+)((?:\.\d+)*)([a-z]?)((?:_(?:alpha|beta|pre|rc|cvs|svn|git|hg|p)\d*)*)(?:~([0-9a-f]+))?(?:-r(\d+))?$/

/**
 * Compares Alpine versions as apk does (apk-tools 2.14 and 3, src/version.c; package format
 * `number{.number}…{letter}{_suffix{number}}…{~hash}{-r#}`).
 * @returns negative, zero or positive; undefined when one of them is no Alpine version
 */
export function compareApk(a: string, b: string): number | undefined {
  const left = tokens(a)
  const right = tokens(b)
  if (left === undefined || right === undefined) return undefined
  for (let index = 0; ; index++) {
    const x = left[index]!
    const y = right[index]!
    if (x.kind !== y.kind) return compareKinds(x, y)
    if (x.kind === 'end') return 0
    const difference = compareTokens(x, y)
    if (difference !== 0) return difference
  }
}

function tokens(version: string): Token[] | undefined {
  const match = FORM.exec(version.trim())
  if (match === null) return undefined
  const [, first, numbers, letter, suffixes, hash, revision] = match as unknown as string[]
  const found: Token[] = [{ kind: 'first', text: first! }]
  for (const text of numbers!.split('.').slice(1)) found.push({ kind: 'number', text })
  if (letter !== '') found.push({ kind: 'letter', text: letter! })
  for (const [, name, number] of suffixes!.matchAll(/_([a-z]+)(\d*)/g)) {
    found.push({ kind: 'suffix', text: name! })
    if (number !== '') found.push({ kind: 'suffix-number', text: number! })
  }
  if (hash !== undefined) found.push({ kind: 'hash', text: hash })
  if (revision !== undefined) found.push({ kind: 'revision', text: revision })
  found.push({ kind: 'end', text: '' })
  return found
}

function compareTokens(a: Token, b: Token): number {
  switch (a.kind) {
    case 'suffix':
      return SUFFIXES.indexOf(a.text) - SUFFIXES.indexOf(b.text)
    case 'letter':
    case 'hash':
      return compareTexts(a.text, b.text)
    case 'number':
      // A leading zero makes a fraction of it, as in Gentoo.
      if (a.text.startsWith('0') || b.text.startsWith('0')) return compareTexts(a.text, b.text)
      return compareNumbers(a.text, b.text)
    default:
      return compareNumbers(a.text, b.text)
  }
}

function compareKinds(a: Token, b: Token): number {
  if (a.kind === 'suffix' && SUFFIXES.indexOf(a.text) < RELEASE) return -1
  if (b.kind === 'suffix' && SUFFIXES.indexOf(b.text) < RELEASE) return 1
  return KINDS.indexOf(b.kind) - KINDS.indexOf(a.kind)
}

function compareTexts(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
