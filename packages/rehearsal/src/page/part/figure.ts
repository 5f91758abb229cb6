import type { Size } from '../chart/svg.js'
import { type Html, html } from '../html.js'

/** A chart for both widths of screen; only one of them is ever shown, or read out. */
export function figure(draw: (size: Size) => Html, caption: Html): Html {
  return html`<figure>
<div class="wide">${draw('wide')}</div>
<div class="narrow">${draw('narrow')}</div>
<figcaption>${caption}</figcaption>
</figure>`
}
