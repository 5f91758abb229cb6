import { posix } from 'node:path'
import {
  type Extraction,
  type Include,
  NOTHING,
  type Problem,
  type Reference,
  type Span,
} from './reference.js'
import { requirementPin } from './requirement.js'

/** A logical line: continuations joined and comments cut, as pip does it (pip `req_file.py`, join_lines). */
interface Line {
  readonly text: string
  readonly span: Span
}

/** Options that take a value, in pip's own spelling (pip `req_file.py`, SUPPORTED_OPTIONS). */
const VALUED: Readonly<Record<string, string>> = {
  '-r': 'requirement',
  '--requirement': 'requirement',
  '-c': 'constraint',
  '--constraint': 'constraint',
  '-e': 'editable',
  '--editable': 'editable',
  '--extra-index-url': 'extra-index',
  '-i': 'other',
  '--index-url': 'other',
  '--pypi-url': 'other',
  '-f': 'find-links',
  '--find-links': 'find-links',
  '--no-binary': 'other',
  '--only-binary': 'other',
  '--trusted-host': 'other',
  '--use-feature': 'other',
}
const BARE = new Set(['--no-index', '--prefer-binary', '--require-hashes', '--pre'])

/**
 * References of a requirements file. Files behind `-r` come back as includes; constraints install nothing and
 * are left alone. Pure.
 */
export function extractRequirements(file: string, text: string): Extraction {
  const references: Reference[] = []
  const problems: Problem[] = []
  const includes: Include[] = []
  const extraIndexes: Span[] = []
  const requirement = (text: string, written: string, span: Span) => {
    references.push({
      kind: 'requirement',
      text,
      file,
      span,
      pin: requirementPin(written, posix.dirname(file)),
    })
  }
  for (const { text: line, span } of logicalLines(text)) {
    if (!line.startsWith('-')) {
      requirement(line.split(/\s--?[a-z]/, 1)[0]!.trim(), line, span)
      continue
    }
    const option = parseOption(line)
    if (option === undefined)
      problems.push({ file, because: 'it holds an option that pip does not know', span })
    else if (option.name === 'editable') requirement(`-e ${option.value}`, option.value, span)
    else if (option.name === 'extra-index' || option.name === 'find-links') extraIndexes.push(span)
    else if (option.name === 'requirement') {
      const included = includedFile(file, option.value)
      if (included === undefined)
        problems.push({ file, because: 'it includes a file that cannot be read here', span })
      else includes.push({ file: included, from: file, span })
    }
  }
  return { ...NOTHING, references, problems, includes, extraIndexes }
}

/** All that Python's `str.splitlines` takes for the end of a line; what follows one is not part of a comment. */
const LINE_END = /\r\n|[\n\v\f\r\x1c-\x1e\x85\u2028\u2029]/

function logicalLines(text: string): Line[] {
  const physical = text.split(LINE_END)
  const result: Line[] = []
  let joined = ''
  let start: number | undefined
  const finish = (end: number) => {
    const code = withoutComment(joined).replace(/\s+/g, ' ').trim()
    if (code !== '' && start !== undefined) result.push({ text: code, span: spanOf(physical, start, end) })
    joined = ''
    start = undefined
  }
  for (const [index, line] of physical.entries()) {
    start ??= index
    const comment = /^\s*#/.test(line)
    if (line.endsWith('\\') && !comment) {
      joined += withoutBackslashes(line)
      continue
    }
    joined += comment ? ` ${line}` : line
    finish(index)
  }
  finish(physical.length - 1)
  return result
}

/** A `#` opens a comment only at the start or after white space. */
function withoutComment(line: string): string {
  return line.replace(/(^|\s)#.*$/, '')
}

/** pip strips every backslash from both ends of a continued line. */
function withoutBackslashes(line: string): string {
  let [start, end] = [0, line.length]
  while (line[start] === '\\') start += 1
  while (end > start && line[end - 1] === '\\') end -= 1
  return line.slice(start, end)
}

function spanOf(lines: readonly string[], start: number, end: number): Span {
  const last = end > start && /^\s*(#|$)/.test(lines[end]!) ? end - 1 : end
  const code = last === start ? withoutComment(lines[last]!) : lines[last]!
  const column = Math.max(lines[start]!.search(/\S/), 0) + 1
  return { line: start + 1, column, endLine: last + 1, endColumn: code.trimEnd().length + 1 }
}

function parseOption(line: string): { name: string; value: string } | undefined {
  const match = /^(--[a-z-]+|-[a-z])(?:\s*=\s*|\s+|(?<=^-[a-z])|$)(.*)$/.exec(line)
  if (!match) return undefined
  const [, flag, value] = match as unknown as [string, string, string]
  // A second option on the line could bring in what a single look at the first would miss.
  const hides = /(?:^|\s)["'\\]*-/.test(value)
  if (BARE.has(flag)) return value === '' ? { name: 'other', value } : undefined
  const name = VALUED[flag]
  return name === undefined || value === '' || hides
    ? undefined
    : { name, value: value.replace(/^(["'])(.*)\1$/, '$2') }
}

/** The included path relative to the workspace; undefined for URLs, variables and paths that lead out. */
function includedFile(from: string, value: string): string | undefined {
  if (/^[a-z][a-z0-9+.-]*:/i.test(value) || value.includes('$') || posix.isAbsolute(value)) return undefined
  const path = posix.normalize(posix.join(posix.dirname(from), value))
  return path.startsWith('../') || path === '..' ? undefined : path
}
