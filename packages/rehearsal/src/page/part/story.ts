import type { Allowance } from '../allowance.js'
import type { Chapter, Scene, Story } from '../data.js'
import { cut, type Html, html } from '../html.js'
import { outcome } from './badge.js'
import { folded, more } from './table.js'
import { duration } from './time.js'

/** A chapter in which nothing was played has not held. */
export function held(chapter: Chapter): boolean {
  return chapter.scenes.length > 0 && chapter.scenes.every((scene) => scene.ok)
}

/** The story, a line a chapter; what was played opens below it. */
export function storySection({ chapters }: Story, allowance: Allowance): Html {
  return html`<section id="story" aria-labelledby="story-heading">
<h2 id="story-heading">The story</h2>
<ol class="story">${chapters.map((chapter) => line(chapter, allowance))}</ol>
</section>`
}

function line(chapter: Chapter, allowance: Allowance): Html {
  const ok = held(chapter)
  const total = chapter.scenes.reduce((sum, { milliseconds }) => sum + milliseconds, 0)
  return html`<li class="${ok ? 'ok' : 'wrong'}">
${folded(
  html`${outcome(ok)} <span class="line">${chapter.number > 0 ? html`<span class="ordinal">${chapter.number}.</span> ` : ''}${cut(chapter.title, allowance.text)}</span> <span class="aside">${duration(total)}</span>`,
  html`<ul class="scenes">${chapter.scenes.map((scene) => entry(scene, allowance))}</ul>`,
  !ok,
)}
</li>
`
}

function entry(scene: Scene, allowance: Allowance): Html {
  const details = scene.details.slice(0, allowance.rows)
  return html`<li>
<p>${outcome(scene.ok)} <code>${cut(scene.by, 60)}</code> ${cut(scene.title, allowance.text)}: <strong>${cut(scene.seen, 100)}</strong>${
    scene.ok ? '' : html` (expected ${cut(scene.expected, 100)})`
  } <span class="aside">${duration(scene.milliseconds)}</span></p>
<p class="said">${cut(scene.headline, allowance.text)}</p>
${
  details.length > 0 &&
  folded(
    `${scene.details.length} ${scene.details.length === 1 ? 'detail' : 'details'}`,
    html`<ul>${details.map((detail) => html`<li>${cut(detail, allowance.text)}</li>`)}</ul>${more(scene.details.length - details.length, 'detail')}`,
  )
}
</li>`
}
