import { oneLine } from '../plain-text.js'
import { webAddress } from './web-address.js'

/**
 * Text as one line of GitHub-flavoured Markdown that shows what it says and does nothing: no markup, no HTML, no
 * link, no mention, no reference to an issue. Words in balanced backticks become code.
 */
export function escapeMarkdown(text: string): string {
  const parts = oneLine(text).split(/`([^`]+)`/)
  return parts.map((part, index) => (index % 2 === 1 ? codeSpan(part) : guarded(part))).join('')
}

/** Text as inline code. What a reader copies from it is the text, to the character. */
export function codeSpan(text: string): string {
  return `<code>${inert(oneLine(text))}</code>`
}

/** A fenced block that its content cannot close. `lines` are safe already. */
export function fenced(lines: readonly string[], language: string): string {
  const runs = lines.flatMap((line) => line.match(/`+/g) ?? [])
  const longest = runs.reduce((most, run) => Math.max(most, run.length), 2)
  const fence = '`'.repeat(longest + 1)
  return [`${fence}${language}`, ...lines, fence].join('\n')
}

/** A link to a web address, or the text alone when `address` is none. */
export function link(text: string, address: string): string {
  const target = webAddress(address)
  return target === undefined ? escapeMarkdown(text) : `[${escapeMarkdown(text)}](${target})`
}

// In prose GitHub turns mentions and references into links after it has resolved entities, so those need a
// character of their own between: the zero-width space that Dependabot and Renovate use.
const GUARD = '&#8203;'

const NAMED: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '://': '&#58;//',
  // Ends what could be read as an address of mail, and leaves nothing behind.
  '@': '@<!-- -->',
}

/** Without markup, HTML or links; mentions and references are left alone, as GitHub leaves them in code. */
function inert(text: string): string {
  return text.replace(/[&<>"\\`*_[\]~|$@]|:\/\/|www\./gi, (found) => {
    if (found.length > 1 && found !== '://') return `${found.slice(0, 3)}&#46;`
    return NAMED[found] ?? `&#${found.charCodeAt(0)};`
  })
}

/** As `inert`, for prose: also without mentions, references, and beginnings of lists and underlines. */
function guarded(text: string): string {
  return text
    .split(/(@|#|\bGH-)/i)
    .map((part, index) => (index % 2 === 1 ? `${part}${GUARD}` : inert(part)))
    .join('')
    .replace(/^\s*(?=[-+=]|\d+[.)])/, GUARD)
}
