import { oneLine } from '../plain-text.js'
import { webAddress } from './web-address.js'

/**
 * Text as one line of GitHub-flavoured Markdown that shows what it says and does nothing: no markup, no HTML, no
 * link, no mention, no reference to an issue. Words in balanced backticks become code.
 */
export function escapeMarkdown(text: string): string {
  const parts = oneLine(text).split(/`([^`]+)`/)
  return parts.map((part, index) => (index % 2 === 1 ? `<code>${inert(part)}</code>` : inert(part))).join('')
}

/** Text as inline code. */
export function codeSpan(text: string): string {
  return `<code>${inert(oneLine(text))}</code>`
}

/** A fenced block that its content cannot close. `lines` are safe already. */
export function fenced(lines: readonly string[], language: string): string {
  const longest = Math.max(
    2,
    ...lines.flatMap((line) => [...line.matchAll(/`+/g)].map(([run]) => run.length)),
  )
  const fence = '`'.repeat(longest + 1)
  return [`${fence}${language}`, ...lines, fence].join('\n')
}

/** A link to a web address, or the text alone when `address` is none. */
export function link(text: string, address: string): string {
  const target = webAddress(address)
  return target === undefined ? escapeMarkdown(text) : `[${escapeMarkdown(text)}](${target})`
}

// GitHub turns mentions and references into links after it has resolved entities, so those need a character of
// their own between: the zero-width space that Dependabot and Renovate use.
const GUARD = '&#8203;'

const NAMED: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '://': '&#58;//',
  '@': `@${GUARD}`,
  '#': `#${GUARD}`,
}

function inert(text: string): string {
  const result = text.replace(/[&<>"\\`*_[\]~|$@#]|:\/\/|www\.|\bGH-/gi, (found) => {
    if (/^www/i.test(found)) return `${found.slice(0, 3)}&#46;`
    if (/^gh/i.test(found)) return `${found}${GUARD}`
    return NAMED[found] ?? `&#${found.charCodeAt(0)};`
  })
  // At its beginning a line may still look like a list or an underline.
  return result.replace(/^\s*(?=[-+=]|\d+[.)])/, GUARD)
}
