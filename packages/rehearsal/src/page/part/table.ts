import type { Allowance } from '../allowance.js'
import { cut, type Html, html } from '../html.js'

/** A column: its name, and whether it holds numbers. */
export interface Column {
  readonly name: string
  readonly number?: boolean
}

/** A table in a frame that scrolls by itself when the screen is narrow; the first cell of a row is its heading. */
export function table(
  caption: string,
  columns: readonly Column[],
  rows: readonly (readonly (string | Html)[])[],
  allowance: Allowance,
): Html {
  const shown = rows.slice(0, allowance.rows)
  const cell = (value: string | Html | undefined) =>
    typeof value === 'string' ? cut(value, allowance.text) : value
  return html`<div class="scroll" tabindex="0" role="group" aria-label="${cut(caption, 200)}"><table>
<caption>${cut(caption, allowance.text)}</caption>
<thead><tr>${columns.map(heading)}</tr></thead>
<tbody>${shown.map(
    (row) => html`<tr>${columns.map(({ number }, index) => {
      const attributes = number ? html` class="number"` : ''
      return index === 0
        ? html`<th scope="row"${attributes}>${cell(row[index])}</th>`
        : html`<td${attributes}>${cell(row[index])}</td>`
    })}</tr>
`,
  )}</tbody></table></div>${more(rows.length - shown.length, 'row')}`
}

/** A column without a name is an empty cell, for a heading must say something. */
function heading({ name, number }: Column): Html {
  if (name.trim() === '') return html`<td></td>`
  return html`<th scope="col"${number ? html` class="number"` : ''}>${cut(name, 200)}</th>`
}

/** Says how much is not shown; nothing when nothing is missing. */
export function more(left: number, what: string): Html | undefined {
  return left > 0
    ? html`<p class="more">${left} more ${what}${left === 1 ? '' : 's'} not shown here.</p>`
    : undefined
}

/** Content behind a line that opens it. */
export function folded(summary: string | Html, content: Html, open = false): Html {
  return html`<details${open ? html` open` : ''}><summary>${summary}</summary>${content}</details>`
}
