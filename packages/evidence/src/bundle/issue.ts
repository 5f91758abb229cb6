import * as v from 'valibot'

/**
 * The place and kind of a fault in a foreign document, for a message: it quotes what was found, so it is cut, and
 * what could be taken for a line of its own is escaped.
 */
export function describeIssue(issue: v.BaseIssue<unknown>): string {
  const path = plain(v.getDotPath(issue) ?? '')
  return `at \`${path}\`: ${plain(issue.message)}`
}

function plain(text: string): string {
  return JSON.stringify(text.slice(0, 200)).slice(1, -1).replaceAll('\\"', '"')
}
