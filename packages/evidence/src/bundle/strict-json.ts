import { refusal } from '../refusal.js'

/** Deeper documents are refused: no format that is read here comes near. */
const DEPTH_LIMIT = 64

/**
 * Parses JSON that two readers cannot understand differently: UTF-8 without faults, no member named twice
 * in one object (RFC 8259 leaves the choice between them open), not nested more than 64 deep.
 * @param what names the document in an error
 * @throws SluiceError EVIDENCE_MALFORMED
 */
export function parseStrictJson(data: Uint8Array | string, what: string): unknown {
  let text: string
  let value: unknown
  try {
    text =
      typeof data === 'string'
        ? data
        : new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(data)
    value = JSON.parse(text)
  } catch (cause) {
    throw refusal('EVIDENCE_MALFORMED', `${what} is not JSON.`, cause)
  }
  refuseAmbiguity(text, what)
  return value
}

/** Walks the tokens of valid JSON; strings are skipped whole, so brackets in them do not count. */
function refuseAmbiguity(text: string, what: string): void {
  const open: { readonly names: Set<string> | undefined; name: boolean }[] = []
  for (let at = 0; at < text.length; at++) {
    const top = open.at(-1)
    switch (text[at]) {
      case '{':
      case '[':
        if (open.length === DEPTH_LIMIT) {
          throw refusal('EVIDENCE_MALFORMED', `${what} is nested more than ${DEPTH_LIMIT} deep.`)
        }
        open.push({ names: text[at] === '{' ? new Set() : undefined, name: true })
        break
      case '}':
      case ']':
        open.pop()
        break
      case ',':
        if (top) top.name = true
        break
      case ':':
        if (top) top.name = false
        break
      case '"': {
        const end = stringEnd(text, at)
        if (top?.names && top.name) {
          const name = JSON.parse(text.slice(at, end + 1)) as string
          if (top.names.has(name)) {
            throw refusal(
              'EVIDENCE_MALFORMED',
              `${what} has a member ${JSON.stringify(name)} twice in one object.`,
            )
          }
          top.names.add(name)
        }
        at = end
      }
    }
  }
}

function stringEnd(text: string, start: number): number {
  for (let at = text.indexOf('"', start + 1); ; at = text.indexOf('"', at + 1)) {
    let escapes = 0
    while (text[at - 1 - escapes] === '\\') escapes++
    if (escapes % 2 === 0) return at
  }
}
