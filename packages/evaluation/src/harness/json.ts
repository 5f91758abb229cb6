import { parseLenientJson } from '../table/lenient-json.js'
import { HARNESS_LIMITS } from './harness.js'

/**
 * Parses what a tool wrote as JSON. A key that stands twice counts as it last stands, as in Python.
 * @throws Error when it is no JSON, or deeper than any tool writes
 */
export function parseHarnessJson(text: string): unknown {
  if (depthOf(text) > HARNESS_LIMITS.depth)
    throw new Error(`it is nested deeper than ${HARNESS_LIMITS.depth} levels`)
  return parseLenientJson(text)
}

const [QUOTE, BACKSLASH] = [0x22, 0x5c]

/** How deep objects and lists are nested in a text, told before anything walks through them. */
function depthOf(text: string): number {
  let [depth, deepest] = [0, 0]
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === QUOTE) {
      for (at++; at < text.length && text.charCodeAt(at) !== QUOTE; at++)
        if (text.charCodeAt(at) === BACKSLASH) at++
      // { and [, } and ], which differ in one bit.
    } else if ((code | 0x20) === 0x7b) deepest = Math.max(deepest, ++depth)
    else if ((code | 0x20) === 0x7d) depth--
  }
  return deepest
}
