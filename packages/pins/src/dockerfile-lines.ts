import { extractFlags, type Flag, SPACES, splitWords, trimStart } from './dockerfile-words.js'
import type { Span } from './reference.js'

/** One instruction with its continuation lines joined and comments between them dropped. */
export interface Instruction {
  /** Upper-case. */
  readonly keyword: string
  /** What follows the keyword and its flags. */
  readonly rest: string
  readonly flags: readonly Flag[]
  readonly span: Span
}

/** What cannot be read as BuildKit would, and where. */
export interface Obscurity {
  readonly because: string
  readonly span: Span
}

export interface DockerfileLines {
  readonly instructions: readonly Instruction[]
  /** The `# syntax=` directive: the image of the frontend that BuildKit runs. */
  readonly syntax?: { readonly text: string; readonly span: Span }
  readonly obscurities: readonly Obscurity[]
}

/** BuildKit's (frontend/dockerfile/command); anything else fails its build, or another frontend reads it. */
const KEYWORDS = new Set(
  'ADD ARG CMD COPY ENTRYPOINT ENV EXPOSE FROM HEALTHCHECK LABEL MAINTAINER ONBUILD RUN SHELL STOPSIGNAL USER VOLUME WORKDIR'.split(
    ' ',
  ),
)
const INSTRUCTION = new RegExp(`^([A-Za-z]+)(?:[${SPACES}]+([\\s\\S]*))?$`)
const DIRECTIVE = /^#\s*([a-z][a-z0-9]*)\s*=(.*)$/i

/** Splits a Dockerfile into instructions as BuildKit does (docs.docker.com/reference/dockerfile, "Format"). Pure. */
export function readLines(text: string): DockerfileLines {
  // A line ends at \n alone, and any \r before that goes with it.
  const lines = text.split('\n').map((line) => trimEnd(line, '\r'))
  const { escapeCharacter, syntax } = directives(lines)
  const instructions: Instruction[] = []
  const obscurities: Obscurity[] = []
  for (let index = 0; index < lines.length; index += 1) {
    const start = index
    if (isBlankOrComment(lines[index]!)) continue
    let joined = ''
    let last = index
    for (; index < lines.length; index += 1) {
      const line = lines[index]!
      // Comments and empty lines inside a continued instruction are dropped; the instruction goes on.
      if (index > start && isBlankOrComment(line)) continue
      last = index
      const body = trimEnd(line, ' \t')
      if (!body.endsWith(escapeCharacter)) {
        joined += line
        break
      }
      joined += body.slice(0, -1)
    }
    if (trimStart(joined) === '') continue
    const span = spanOf(lines, start, last)
    const instruction = parse(joined, span)
    if (instruction === undefined) {
      obscurities.push({ because: 'a line of it is no instruction that BuildKit knows', span })
      continue
    }
    instructions.push(instruction)
    const heredocs = heredocsOf(instruction)
    if (heredocs.length > 0 && !isPlain(joined)) {
      obscurities.push({ because: 'whether a line of it opens a heredoc cannot be told', span })
    }
    for (const heredoc of heredocs) {
      let end = index + 1
      while (end < lines.length && !ends(heredoc, lines[end]!)) end += 1
      if (end >= lines.length) {
        // What follows cannot be told from the body.
        obscurities.push({ because: 'a heredoc in it has no end', span })
        return { instructions, obscurities, ...(syntax ? { syntax } : {}) }
      }
      index = end
    }
  }
  return { instructions, obscurities, ...(syntax ? { syntax } : {}) }
}

function directives(lines: readonly string[]): {
  escapeCharacter: string
  syntax?: { text: string; span: Span }
} {
  let escapeCharacter = '\\'
  let syntax: { text: string; span: Span } | undefined
  // BuildKit looks past a `#!` for the frontend, and for nothing else.
  const script = lines[0]?.startsWith('#!') ?? false
  for (const [index, line] of lines.entries()) {
    if (index === 0 && script) continue
    const directive = DIRECTIVE.exec(trimStart(line))
    const value = directive?.[2]?.trim()
    if (!directive || !value) break
    const name = directive[1]!.toLowerCase()
    if (name === 'escape' && !script && (value === '`' || value === '\\')) escapeCharacter = value
    if (name === 'syntax') {
      const column = line.indexOf(value, line.indexOf('=')) + 1
      const span = { line: index + 1, column, endLine: index + 1, endColumn: column + value.length }
      syntax = { text: value, span }
    }
  }
  return { escapeCharacter, ...(syntax ? { syntax } : {}) }
}

function parse(joined: string, span: Span): Instruction | undefined {
  let match = INSTRUCTION.exec(trimStart(joined))
  // `ONBUILD COPY …` fetches just as well, only later.
  if (match?.[1]?.toUpperCase() === 'ONBUILD') match = INSTRUCTION.exec(match[2] ?? '')
  const keyword = match?.[1]?.toUpperCase() ?? ''
  if (!KEYWORDS.has(keyword)) return undefined
  const { flags, rest } = extractFlags(match?.[2] ?? '')
  return { keyword, rest: rest.trim(), flags, span }
}

interface Heredoc {
  readonly name: string
  readonly tabs: boolean
}

/** Heredocs of an instruction: words `<<NAME`, `<<-NAME`, `3<<"NAME"` (BuildKit parser, reHeredoc). */
function heredocsOf({ keyword, rest }: Instruction): Heredoc[] {
  if (!['RUN', 'COPY', 'ADD'].includes(keyword) || !rest.includes('<<')) return []
  const found: Heredoc[] = []
  for (const word of splitWords(rest).words) {
    const heredoc = /^\d*<<(-?)(["']?)([^<"']+)\2$/.exec(word)
    if (heredoc) found.push({ name: heredoc[3]!, tabs: heredoc[1] === '-' })
  }
  return found
}

/** Whether words are told apart by white space and quotes alone, so that no other lexer sees other words. */
function isPlain(line: string): boolean {
  return splitWords(line).closed && !/\\|\$\{/.test(line.replace(/\$\{\w+\}/g, ''))
}

function ends({ name, tabs }: Heredoc, line: string): boolean {
  return (tabs ? line.replace(/^\t+/, '') : line) === name
}

function isBlankOrComment(line: string): boolean {
  const text = trimStart(line)
  return text === '' || text.startsWith('#')
}

function trimEnd(line: string, characters: string): string {
  let end = line.length
  while (end > 0 && characters.includes(line[end - 1]!)) end -= 1
  return line.slice(0, end)
}

function spanOf(lines: readonly string[], start: number, end: number): Span {
  const column = lines[start]!.length - trimStart(lines[start]!).length + 1
  return { line: start + 1, column, endLine: end + 1, endColumn: lines[end]!.trimEnd().length + 1 }
}
