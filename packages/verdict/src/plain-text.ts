// Bidirectional overrides and isolates show text in another order than it is read (CVE-2021-42574).
const BIDI = '\\u061C\\u200E\\u200F\\u202A-\\u202E\\u2066-\\u2069'
const ANSI =
  /(?:\u001B\[|\u009B)[0-?]*[ -/]*[@-~]|\u001B\][^\u0007\u001B]*(?:\u0007|\u001B\\)?|\u001B[ -/]*[0-~]?/g
const LINE_BREAK = /\r\n|[\r\n\u2028\u2029]/
const UNPRINTABLE = new RegExp(`[\\u0000-\\u0008\\u000A-\\u001F\\u007F-\\u009F${BIDI}\\uFEFF]`, 'g')

/**
 * One line that is safe to show: terminal sequences removed, line breaks and tabs turned into spaces, control
 * characters and lone surrogates replaced.
 */
export function oneLine(text: string): string {
  return text
    .toWellFormed()
    .replace(ANSI, '')
    .split(LINE_BREAK)
    .join(' ')
    .replaceAll('\t', ' ')
    .replace(UNPRINTABLE, '\uFFFD')
}

/** As `oneLine`, but keeps the line structure: the lines, each safe. */
export function safeLines(text: string): string[] {
  return text.toWellFormed().replace(ANSI, '').split(LINE_BREAK).map(oneLine)
}

/**
 * Text that is safe on a runner's standard output. The runner takes a line that begins with `::` after white
 * space, and one that holds `##[` anywhere, for a command (actions/runner src/Runner.Common/ActionCommand.cs);
 * a backslash ends that.
 */
export function logText(text: string): string {
  return safeLines(text)
    .map((line) => line.replaceAll('##[', '##\\[').replace(/^([^\p{L}\p{N}]*?)::/u, '$1\\::'))
    .join('\n')
}

/** At most `limit` UTF-16 units, ending in `…` when cut; never cuts a surrogate pair. */
export function shorten(text: string, limit: number): string {
  if (text.length <= limit) return text
  return `${text
    .slice(0, Math.max(0, limit - 1))
    .toWellFormed()
    .replace(/\uFFFD$/, '')}…`
}
