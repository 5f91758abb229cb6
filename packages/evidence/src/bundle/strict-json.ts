import { refusal } from '../refusal.js'

/** Deeper documents are refused: no format that is read here comes near. */
const DEPTH_LIMIT = 64
/**
 * More values in one document are refused before they are made into objects: a bundle of `BUNDLE_LIMIT` bytes could
 * otherwise take gigabytes of memory. The manifest of the largest directory that is signed has 800,000.
 */
const VALUE_LIMIT = 1_000_000

/**
 * Parses JSON that two readers cannot understand differently: UTF-8 without faults, no member named twice in one
 * object (RFC 8259 leaves the choice between them open), none named `__proto__`, no half of a surrogate pair (others
 * read each as U+FFFD, so two names become one), none of one character that is written as an escape (V8 misreads it);
 * not nested more than 64 deep, not more than a million values.
 * @param what names the document in an error
 * @throws SluiceError EVIDENCE_MALFORMED
 */
export function parseStrictJson(data: Uint8Array | string, what: string): unknown {
  const notJson = (cause?: unknown) => refusal('EVIDENCE_MALFORMED', `${what} is not JSON.`, cause)
  try {
    const text =
      typeof data === 'string'
        ? data
        : new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(data)
    if (!text.isWellFormed()) throw notJson()
    refuseAmbiguity(text, what)
    return JSON.parse(text)
  } catch (cause) {
    throw cause instanceof SyntaxError || cause instanceof TypeError ? notJson(cause) : cause
  }
}

interface Open {
  /** Of an object, the names seen so far. */
  readonly names: Set<string> | undefined
  /** Whether the next string is a name. */
  name: boolean
}

/**
 * Walks the tokens before anything is made of them; strings are skipped whole, so brackets in them do not count.
 * Text that is no JSON may pass, which `JSON.parse` then refuses.
 */
function refuseAmbiguity(text: string, what: string): void {
  const open: Open[] = []
  let top: Open | undefined
  let values = 1
  for (let at = 0; at < text.length; at++) {
    switch (text.charCodeAt(at)) {
      case 0x7b: // {
      case 0x5b: // [
        if (open.length === DEPTH_LIMIT) throw unfit(what, `is nested more than ${DEPTH_LIMIT} deep`)
        if (++values > VALUE_LIMIT) throw unfit(what, `holds more than ${VALUE_LIMIT} values`)
        top = { names: text[at] === '{' ? new Set() : undefined, name: true }
        open.push(top)
        break
      case 0x7d: // }
      case 0x5d: // ]
        open.pop()
        top = open.at(-1)
        break
      case 0x2c: // ,
        if (++values > VALUE_LIMIT) throw unfit(what, `holds more than ${VALUE_LIMIT} values`)
        if (top) top.name = true
        break
      case 0x3a: // :
        if (top) top.name = false
        break
      case 0x22: {
        const end = stringEnd(text, at)
        const isName = top?.names !== undefined && top.name
        if (isName || text.slice(at, end).includes('\\u')) {
          const string = JSON.parse(text.slice(at, end + 1)) as string
          if (!string.isWellFormed()) throw unfit(what, 'holds half of a surrogate pair')
          if (isName && isMisread(text, at, string))
            throw unfit(what, `has a member ${JSON.stringify(string)} that is written as an escape`)
          if (isName) addName(top?.names, string, what)
        }
        at = end
      }
    }
  }
}

/**
 * `JSON.parse` of Node 24.21 compares such a name by its first character as it is written: where an object with the
 * name `\\` in that place was read before, `"\u0078"` is read as `\\` too.
 */
function isMisread(text: string, at: number, name: string): boolean {
  return name.length === 1 && name !== '\\' && text[at + 1] === '\\'
}

function addName(names: Set<string> | undefined, name: string, what: string): void {
  const shown = JSON.stringify(name.slice(0, 200))
  if (name === '__proto__')
    throw unfit(what, `has a member ${shown}, which means something else to some readers`)
  if (names?.has(name)) throw unfit(what, `has a member ${shown} twice in one object`)
  names?.add(name)
}

/** @returns the index of the closing quote, or of the last character when there is none */
function stringEnd(text: string, start: number): number {
  for (let at = text.indexOf('"', start + 1); at >= 0; at = text.indexOf('"', at + 1)) {
    let escapes = 0
    while (text[at - 1 - escapes] === '\\') escapes++
    if (escapes % 2 === 0) return at
  }
  return text.length - 1
}

function unfit(what: string, how: string): Error {
  return refusal('EVIDENCE_MALFORMED', `${what} ${how}.`)
}
