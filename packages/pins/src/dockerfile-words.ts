/**
 * What Go's `unicode.IsSpace` takes for white space, for a character class. JavaScript's `\s` lacks U+0085 and has
 * U+FEFF, and a file could say one thing to BuildKit and another here.
 */
export const SPACES = '\\t-\\r \\u0085\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000'
const SPACE = new RegExp(`[${SPACES}]`)

/** `--from=x` and the like; the name without dashes, lower-case. */
export interface Flag {
  readonly name: string
  readonly value: string
}

export function trimStart(text: string): string {
  let start = 0
  while (start < text.length && SPACE.test(text[start]!)) start += 1
  return text.slice(start)
}

/**
 * The flags at the head of an instruction's arguments. Quotes and backslashes in them vanish wherever they stand, as
 * in `--fro\m="x"` (BuildKit frontend/dockerfile/parser, extractBuilderFlags). Pure.
 */
export function extractFlags(text: string): { readonly flags: readonly Flag[]; readonly rest: string } {
  const flags: Flag[] = []
  let at = 0
  for (;;) {
    while (at < text.length && SPACE.test(text[at]!)) at += 1
    if (!text.startsWith('--', at)) return { flags, rest: text.slice(at) }
    let word = ''
    let quote = ''
    for (; at < text.length && (quote !== '' || !SPACE.test(text[at]!)); at += 1) {
      const character = text[at]!
      if (character === quote) quote = ''
      else if (quote === '' && (character === '"' || character === "'")) quote = character
      else if (character === '\\') {
        at += 1
        word += text[at] ?? ''
      } else word += character
    }
    if (word === '--') return { flags, rest: text.slice(at) }
    const [name, ...value] = word.slice(2).split('=') as [string, ...string[]]
    flags.push({ name: name.toLowerCase(), value: value.join('=') })
  }
}

/** Words between white space, their quotes kept; white space within quotes parts nothing. Pure. */
export function splitWords(text: string): { readonly words: readonly string[]; readonly closed: boolean } {
  const words: string[] = []
  let start: number | undefined
  let quote = ''
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at]!
    if (quote === '' && SPACE.test(character)) {
      if (start !== undefined) words.push(text.slice(start, at))
      start = undefined
      continue
    }
    start ??= at
    if (character === quote) quote = ''
    else if (quote === '' && (character === '"' || character === "'")) quote = character
  }
  if (start !== undefined) words.push(text.slice(start))
  return { words, closed: quote === '' }
}

/** A text without the quotes around it. */
export function unquote(text: string): string {
  const quoted = /^(["'])([\s\S]*)\1$/.exec(text)
  return quoted ? quoted[2]! : text
}
