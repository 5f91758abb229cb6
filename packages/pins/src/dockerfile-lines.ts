import type { Span } from './reference.js'

/** One instruction with its continuation lines joined and comments between them dropped. */
export interface Instruction {
  /** Upper-case. */
  readonly keyword: string
  /** What follows the keyword and its flags. */
  readonly rest: string
  /** `--from=x` and the like, in order; the name without dashes, lower-case. */
  readonly flags: readonly { readonly name: string; readonly value: string }[]
  readonly span: Span
}

export interface DockerfileLines {
  readonly instructions: readonly Instruction[]
  /** The `# syntax=` directive: the image of the frontend that BuildKit runs. */
  readonly syntax?: { readonly text: string; readonly span: Span }
  /** A heredoc without its end: what follows cannot be told from its body. */
  readonly unclosed?: Span
}

const DIRECTIVE = /^#\s*([a-z]+)\s*=\s*(.+?)\s*$/i

/** Splits a Dockerfile into instructions as BuildKit does (docs.docker.com/reference/dockerfile, "Format"). Pure. */
export function readLines(text: string): DockerfileLines {
  const lines = text.split(/\r?\n/)
  const { escapeCharacter, syntax } = directives(lines)
  const instructions: Instruction[] = []
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
      const body = line.trimEnd()
      if (!body.endsWith(escapeCharacter)) {
        joined += line
        break
      }
      joined += body.slice(0, -1)
    }
    const span = spanOf(lines, start, last)
    const instruction = parse(joined, span)
    if (instruction === undefined) continue
    instructions.push(instruction)
    for (const heredoc of heredocs(instruction)) {
      const end = lines.findIndex(
        (line, at) => at > index && (heredoc.tabs ? line.replace(/^\t+/, '') : line) === heredoc.name,
      )
      if (end === -1) return { instructions, ...(syntax ? { syntax } : {}), unclosed: span }
      index = end
    }
  }
  return { instructions, ...(syntax ? { syntax } : {}) }
}

function directives(lines: readonly string[]): {
  escapeCharacter: string
  syntax?: { text: string; span: Span }
} {
  let escapeCharacter = '\\'
  let syntax: { text: string; span: Span } | undefined
  for (const [index, line] of lines.entries()) {
    const directive = DIRECTIVE.exec(line)
    if (!directive) break
    const [, name, value] = directive as unknown as [string, string, string]
    if (name.toLowerCase() === 'escape' && (value === '`' || value === '\\')) escapeCharacter = value
    if (name.toLowerCase() === 'syntax') {
      const column = line.indexOf(value, line.indexOf('=')) + 1
      const span = { line: index + 1, column, endLine: index + 1, endColumn: column + value.length }
      syntax = { text: value, span }
    }
  }
  return { escapeCharacter, ...(syntax ? { syntax } : {}) }
}

function parse(joined: string, span: Span): Instruction | undefined {
  let match = /^\s*([A-Za-z]+)(?:\s+([\s\S]*))?$/.exec(joined)
  // `ONBUILD COPY …` fetches just as well, only later.
  if (match?.[1]?.toUpperCase() === 'ONBUILD')
    match = /^\s*([A-Za-z]+)(?:\s+([\s\S]*))?$/.exec(match[2] ?? '')
  if (!match) return undefined
  let rest = match[2] ?? ''
  const flags: { name: string; value: string }[] = []
  for (let flag = FLAG.exec(rest); flag; flag = FLAG.exec(rest)) {
    flags.push({ name: flag[1]!.toLowerCase(), value: unquote(flag[2] ?? '') })
    rest = rest.slice(flag[0].length)
  }
  return { keyword: match[1]!.toUpperCase(), rest: rest.trim(), flags, span }
}

const FLAG = /^\s*--([A-Za-z][\w-]*)(?:=("[^"]*"|'[^']*'|\S*))?(?=\s|$)/

export function unquote(text: string): string {
  const quoted = /^(["'])([\s\S]*)\1$/.exec(text)
  return quoted ? quoted[2]! : text
}

/** Heredocs of an instruction: words `<<NAME`, `<<-NAME`, `3<<"NAME"` (BuildKit parser, reHeredoc). */
function heredocs({ keyword, rest }: Instruction): { name: string; tabs: boolean }[] {
  if (!['RUN', 'COPY', 'ADD'].includes(keyword)) return []
  const found: { name: string; tabs: boolean }[] = []
  for (const word of rest.match(/(?:"(?:\\.|[^"\\])*"|'[^']*'|[^\s"'])+/g) ?? []) {
    const heredoc = /^\d*<<(-?)(["']?)([^<"'\s]+)\2$/.exec(word)
    if (heredoc) found.push({ name: heredoc[3]!, tabs: heredoc[1] === '-' })
  }
  return found
}

function isBlankOrComment(line: string): boolean {
  return /^\s*(#|$)/.test(line)
}

function spanOf(lines: readonly string[], start: number, end: number): Span {
  const column = lines[start]!.search(/\S/) + 1
  return { line: start + 1, column, endLine: end + 1, endColumn: lines[end]!.trimEnd().length + 1 }
}
