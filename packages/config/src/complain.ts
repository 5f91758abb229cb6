import { nearest, SluiceError } from '@sluice/errors'
import type { BaseIssue } from 'valibot'
import type { ConfigDocument, Position, Step } from './document.js'
import { knownKeys } from './known-keys.js'
import type { ConfigSection } from './section.js'

type Issue = BaseIssue<unknown>

/** Problems beyond this many are counted, not told. */
const TOLD = 5
const LONGEST_VALUE = 60

interface Complaint {
  readonly code: 'CONFIG_UNKNOWN_KEY' | 'CONFIG_INVALID'
  readonly at: Position
  readonly message: string
  readonly remedy: string
}

/** The error for a section that its schema refused: the first problem, with the others after it. Pure. */
export function complain(
  document: ConfigDocument,
  section: ConfigSection<unknown>,
  issues: readonly [Issue, ...Issue[]],
): SluiceError {
  // A mistyped key is also a missing one; the first explains the second.
  const complaints = issues.map((issue) => explain(document, section, deepest(issue)))
  const [first, ...others] = complaints.sort((a, b) => rank(a) - rank(b)) as [Complaint, ...Complaint[]]
  const all = [first, ...others].map(({ at, message }) => `${at.file}:${at.line}:${at.column}: ${message}`)
  const distinct = [...new Set(all)]
  const told = distinct.slice(0, TOLD)
  if (distinct.length > TOLD) told.push(`and ${distinct.length - TOLD} more.`)
  const options = { remedy: first.remedy, at: first.at }
  return first.code === 'CONFIG_UNKNOWN_KEY'
    ? new SluiceError('CONFIG_UNKNOWN_KEY', told.join('\n'), options)
    : new SluiceError('CONFIG_INVALID', told.join('\n'), options)
}

function rank({ code }: Complaint): number {
  return code === 'CONFIG_UNKNOWN_KEY' ? 0 : 1
}

/** Of a union's alternatives, the problem that lies deepest: that alternative was meant. */
function deepest(issue: Issue, prefix: Issue['path'] = undefined): Issue {
  const path = [...(prefix ?? []), ...(issue.path ?? [])] as unknown as NonNullable<Issue['path']>
  const own = (path.length > 0 ? { ...issue, path } : issue) as Issue
  const inner = (issue.issues ?? []).map((nested) => deepest(nested, path))
  const best = inner.reduce<Issue | undefined>(
    (found, next) =>
      next.path !== undefined && next.path.length > (found?.path?.length ?? 0) ? next : found,
    undefined,
  )
  if (best === undefined || (best.path?.length ?? 0) <= path.length) return own
  return isUnmeant(best, inner) && !own.message.startsWith('Invalid ') ? own : best
}

/** Whether every alternative wants for a key of its own, so that none was meant: the union says better what it expects. */
function isUnmeant(best: Issue, inner: readonly Issue[]): boolean {
  const missing = inner.filter(({ path, expected }) => isKeyOf(path) && expected !== 'never')
  const wanted = missing.filter(({ path }) => path?.length === best.path?.length)
  return wanted.length > 1 && wanted.filter((issue) => keyOf(issue) === keyOf(best)).length === 1
}

function isKeyOf(path: Issue['path']): boolean {
  return (path?.at(-1) as { origin?: string } | undefined)?.origin === 'key'
}

function keyOf({ path }: Issue): unknown {
  return path?.at(-1)?.key
}

function explain(document: ConfigDocument, section: ConfigSection<unknown>, issue: Issue): Complaint {
  const inside = (issue.path ?? []).map(({ key }) => key as Step)
  const path: Step[] = [section.name, ...inside]
  const isKey = (issue.path?.at(-1) as { origin?: string } | undefined)?.origin === 'key'
  if (isKey && Array.isArray(issue.path?.at(-1)?.input)) {
    return listFor(document, path.slice(0, -1), knownKeys(section.schema, inside.slice(0, -1)))
  }
  if (isKey && issue.expected === 'never') {
    const known = knownKeys(section.schema, inside.slice(0, -1))
    const near = nearest(String(path.at(-1)), known)
    return {
      code: 'CONFIG_UNKNOWN_KEY',
      at: document.positionOfKey(path),
      message: `\`${spell(path)}\` is no known key.`,
      remedy: near
        ? `Did you mean \`${near}\`?`
        : `Known here are ${known.map((key) => `\`${key}\``).join(', ')}.`,
    }
  }
  if (isKey) {
    return {
      code: 'CONFIG_INVALID',
      at: document.positionOfValue(path.slice(0, -1)),
      message: `\`${spell(path)}\` is missing.`,
      remedy: `Add \`${path.at(-1)}\`.`,
    }
  }
  return { code: 'CONFIG_INVALID', at: document.positionOfValue(path), ...wrongValue(spell(path), issue) }
}

/** To a schema the places of a list are keys; to whoever wrote it they are not. */
function listFor(document: ConfigDocument, path: readonly Step[], known: readonly string[]): Complaint {
  const keys = known.map((key) => `\`${key}\``).join(', ')
  return {
    code: 'CONFIG_INVALID',
    at: document.positionOfValue(path),
    message: `\`${spell(path)}\` is a list; expected keys: ${keys}.`,
    remedy: `Write \`key: value\` lines below \`${spell(path)}\`, without \`-\`.`,
  }
}

function wrongValue(name: string, issue: Issue): { message: string; remedy: string } {
  // Messages that a schema gives itself are whole sentences; valibot's own begin with `Invalid`.
  if (!issue.message.startsWith('Invalid ')) {
    return { message: `\`${name}\`: ${issue.message}`, remedy: `Correct \`${name}\`.` }
  }
  const expected = wording(issue.expected ?? 'another value')
  const found =
    issue.received.length > LONGEST_VALUE ? `${issue.received.slice(0, LONGEST_VALUE)}…` : issue.received
  return {
    message: `\`${name}\` is ${found}; expected ${expected}.`,
    remedy: `Set \`${name}\` to ${expected}.`,
  }
}

/** valibot's `>=0`, `number`, `"a"` as one says them. */
function wording(expected: string): string {
  const bound = /^(>=|<=|>|<)(-?[\d.e+-]+)$/.exec(expected)
  if (bound) return `${BOUNDS[bound[1] as keyof typeof BOUNDS]} ${bound[2]}`
  return KINDS[expected] ?? expected.replaceAll('"', '`')
}

const BOUNDS = { '>=': 'at least', '<=': 'at most', '>': 'more than', '<': 'less than' } as const

const KINDS: Readonly<Record<string, string>> = {
  number: 'a number',
  string: 'a text',
  boolean: 'true or false',
  Array: 'a list',
}

/** `['waivers', 0, 'owner']` → `waivers[0].owner`. */
function spell(path: readonly Step[]): string {
  return path.reduce<string>(
    (text, step) => (typeof step === 'number' ? `${text}[${step}]` : text === '' ? step : `${text}.${step}`),
    '',
  )
}
