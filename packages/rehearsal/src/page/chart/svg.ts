import * as Plot from '@observablehq/plot'
import { oneLine } from '@sluice/verdict'
import { parseHTML } from 'linkedom'
import { escapeHtml, Html } from '../html.js'

/** A page is read at a desk or in a hand; a chart is drawn for both, and CSS shows one. */
export type Size = 'wide' | 'narrow'
export const WIDTH: Record<Size, number> = { wide: 880, narrow: 342 }

interface Element {
  textContent: string
  readonly outerHTML: string
  readonly attributes: Iterable<{ readonly name: string; readonly value: string }>
  setAttribute(name: string, value: string): void
  removeAttribute(name: string): void
  remove(): void
  querySelectorAll(selector: string): Iterable<Element>
}

const DRAWN = new Set([
  'd',
  'transform',
  'x',
  'y',
  'x1',
  'x2',
  'y1',
  'y2',
  'cx',
  'cy',
  'r',
  'width',
  'height',
])

/**
 * A plot as static SVG markup: an image with a name to assistive technology, coloured by the page's own style sheet.
 * @param label says in a sentence or two what the picture shows
 */
export function svg(options: Plot.PlotOptions, label: string): Html {
  const { document } = parseHTML('<html></html>')
  const root = Plot.plot({ ...options, document }) as unknown as Element
  // Plot's own style element and the notes it leaves for assistive technology would need a wider content policy, and
  // name parts of what is one image here.
  for (const element of [...root.querySelectorAll('style, title')]) element.remove()
  for (const element of [root, ...root.querySelectorAll('*')]) tidy(element)
  for (const text of root.querySelectorAll('text')) text.textContent = oneLine(text.textContent)
  root.setAttribute('class', 'plot')
  root.setAttribute('role', 'img')
  const named = root.outerHTML.replace('<svg', `<svg aria-label="${escapeHtml(label)}"`)
  return new Html(named)
}

function tidy(element: Element): void {
  for (const { name, value } of [...element.attributes]) {
    if (name.startsWith('aria-') || name === 'font-family') element.removeAttribute(name)
    else if (DRAWN.has(name)) element.setAttribute(name, rounded(value))
  }
}

/** A tenth of a pixel is seen by nobody. */
function rounded(value: string): string {
  return value.replace(/-?\d+\.\d+/g, (number) => String(+(+number).toFixed(1)))
}
