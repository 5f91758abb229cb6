import { oneLine, shorten } from '@sluice/verdict'

/** Markup that is safe as it stands: made by `html`, never by hand from data. */
export class Html {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
}

type Part = string | number | Html | undefined | false | readonly Part[]

/**
 * Markup in which every value is escaped, unless it is markup itself. Values stand in text or in quoted attributes,
 * and nowhere else: not in names, scripts, styles or addresses.
 */
export function html(strings: TemplateStringsArray, ...values: readonly Part[]): Html {
  let text = strings[0]!
  for (const [index, value] of values.entries()) text += render(value) + strings[index + 1]!
  return new Html(text)
}

function render(part: Part): string {
  if (part === undefined || part === false) return ''
  if (part instanceof Html) return part.text
  if (typeof part === 'object') return part.map(render).join('')
  return escapeHtml(String(part))
}

const ENTITIES: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
  '`': '&#96;',
}

/** Text as HTML's text or the inside of a quoted attribute. */
export function escapeHtml(text: string): string {
  return oneLine(text).replace(/[&<>"'`]/g, (letter) => ENTITIES[letter]!)
}

/** Text that is cut to what a page can show of it. */
export function cut(text: string, limit: number): string {
  return shorten(oneLine(text.slice(0, limit * 4)), limit)
}
