/** One challenge of a `WWW-Authenticate` header (RFC 9110, section 11.6.1). */
export interface Challenge {
  /** Lower case. */
  readonly scheme: string
  readonly parameters: Readonly<Record<string, string>>
}

const TOKEN = "[A-Za-z0-9!#$%&'*+.^_`|~-]+"
const PARAMETER = new RegExp(
  `^\\s*(${TOKEN})\\s*=\\s*(?:"((?:[^"\\\\]|\\\\.)*)"|(${TOKEN}(?:[/:=]*${TOKEN})*))\\s*(?:,|$)`,
)
const SCHEME = new RegExp(`^\\s*(${TOKEN})(?:\\s+|,|$)`)

/** Reads all challenges of a header; commas within quotes are text. What cannot be read ends the list. */
export function parseChallenges(header: string): Challenge[] {
  const challenges: { scheme: string; parameters: Record<string, string> }[] = []
  let rest = header.slice(0, 8192)
  while (rest.trim() !== '') {
    const parameter = PARAMETER.exec(rest)
    const current = challenges.at(-1)
    if (parameter !== null && current !== undefined) {
      const value = parameter[2] === undefined ? parameter[3]! : parameter[2].replace(/\\(.)/g, '$1')
      current.parameters[parameter[1]!.toLowerCase()] ??= value
      rest = rest.slice(parameter[0].length)
      continue
    }
    const scheme = SCHEME.exec(rest)
    if (scheme === null) break
    challenges.push({ scheme: scheme[1]!.toLowerCase(), parameters: {} })
    rest = rest.slice(scheme[0].length).replace(/^\s*,/, '')
  }
  return challenges
}
