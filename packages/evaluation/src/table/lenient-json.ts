// A string that does not end is one too: looked for again from each of its quotes, a megabyte of them would take hours.
const STRING_OR_NON_FINITE = /"(?:[^"\\]|\\.)*(?:"|\\?$)|-?\bInfinity\b|\bNaN\b/gs
const MARK = '\u0000not finite:'

/**
 * `JSON.parse` that also takes the bare NaN, Infinity and -Infinity which Python writes. They come back as
 * those numbers, so that whoever reads them has to refuse them: nothing non-finite is silently dropped.
 * @throws SyntaxError when it is no JSON apart from them
 */
export function parseLenientJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    let found = false
    const marked = text.replace(STRING_OR_NON_FINITE, (token) => {
      if (token.startsWith('"')) return token
      found = true
      return JSON.stringify(MARK + token)
    })
    if (!found) throw error
    return JSON.parse(marked, (_, value) =>
      typeof value === 'string' && value.startsWith(MARK) ? Number(value.slice(MARK.length)) : value,
    )
  }
}
