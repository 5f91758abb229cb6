import { ConditionError } from './condition-error.js'

export interface Token {
  readonly kind: 'column' | 'keyword' | 'symbol' | 'number' | 'word' | 'end'
  readonly text: string
  /** Characters before it. */
  readonly at: number
}

const KEYWORDS = new Set(['and', 'or', 'not', 'in', 'is', 'missing'])
const SPACE = /[ \t\r\n]+/y
const NAME = /[A-Za-z_][A-Za-z0-9_.]*/y
const PLAIN = /^[A-Za-z_][A-Za-z0-9_.]*$/
const NUMBER = /[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?/y
const SYMBOL = /==|!=|<=|>=|[=<>(),]/y
/** A quote inside quotes is written twice. */
const QUOTED = { "'": /'((?:[^']|'')*)'/y, '"': /"((?:[^"]|"")*)"/y, '`': /`((?:[^`]|``)+)`/y } as const

/** @throws ConditionError at the first character that begins nothing */
export function tokens(text: string): Token[] {
  const found: Token[] = []
  let at = 0
  const match = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at
    return pattern.exec(text)
  }
  while (at < text.length) {
    const space = match(SPACE)
    if (space !== null) {
      at += space[0].length
      continue
    }
    const quote = text[at] as keyof typeof QUOTED
    const quoted = quote in QUOTED ? match(QUOTED[quote]) : null
    const token: Omit<Token, 'at'> | undefined =
      quoted !== null
        ? { kind: quote === '`' ? 'column' : 'word', text: quoted[1]!.replaceAll(quote + quote, quote) }
        : (plain(match(NAME)?.[0]) ?? of('number', match(NUMBER)?.[0]) ?? of('symbol', match(SYMBOL)?.[0]))
    if (token === undefined)
      throw new ConditionError(`character ${at + 1}, \`${text[at]}\`, begins nothing that is known`, at)
    const written =
      quoted?.[0] ?? match(token.kind === 'number' ? NUMBER : token.kind === 'symbol' ? SYMBOL : NAME)![0]
    found.push({ ...token, at })
    at += written.length
  }
  found.push({ kind: 'end', text: '', at })
  return found
}

/** Whether a column's name may stand without backquotes. */
export function isPlainName(name: string): boolean {
  return PLAIN.test(name) && !KEYWORDS.has(name.toLowerCase())
}

function plain(name: string | undefined): Omit<Token, 'at'> | undefined {
  if (name === undefined) return undefined
  const lower = name.toLowerCase()
  return KEYWORDS.has(lower) ? { kind: 'keyword', text: lower } : { kind: 'column', text: name }
}

function of(kind: Token['kind'], text: string | undefined): Omit<Token, 'at'> | undefined {
  return text === undefined ? undefined : { kind, text }
}
