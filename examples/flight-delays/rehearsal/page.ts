import { type Chapter, held, type Scene, type Story, seconds } from './story.ts'

/** The story as one self-contained page. */
export function page(story: Story, facts: Readonly<Record<string, string>>): string {
  const verdict = story.held ? 'Every line came out as it must.' : 'A line did not come out as it must.'
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Sluice: the rehearsal of flight-delays</title>
<style>${STYLE}</style>
<main>
<h1>The road of flight-delays, rehearsed</h1>
<p class="${story.held ? 'ok' : 'wrong'} verdict">${verdict}</p>
<dl>${Object.entries(facts)
    .map(([name, value]) => `<dt>${encode(name)}</dt><dd>${encode(value)}</dd>`)
    .join('')}</dl>
${story.chapters.map(section).join('\n')}
</main>
</html>
`
}

function section(chapter: Chapter): string {
  return `<section>
<h2><span class="${held(chapter) ? 'ok' : 'wrong'}">${held(chapter) ? '✓' : '✗'}</span> ${chapter.number}. ${encode(chapter.title)}</h2>
${chapter.scenes.map(entry).join('\n')}
</section>`
}

function entry(scene: Scene): string {
  const details = scene.details.map((detail) => `<li>${encode(detail)}</li>`).join('')
  return `<article>
<h3><code>${encode(scene.by)}</code> ${encode(scene.title)} <small>${seconds(scene.milliseconds).trim()}</small></h3>
<p><b class="${scene.ok ? 'ok' : 'wrong'}">${encode(scene.seen)}</b>${scene.ok ? '' : ` (expected ${encode(scene.expected)})`}: ${encode(scene.headline)}</p>
${details === '' ? '' : `<details${scene.details.length <= 6 ? ' open' : ''}><summary>${scene.details.length} ${scene.details.length === 1 ? 'detail' : 'details'}</summary><ul>${details}</ul></details>`}
</article>`
}

function encode(text: string): string {
  return text.replace(/[&<>"']/g, (letter) => `&#${letter.charCodeAt(0)};`)
}

const STYLE = `
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif }
main { max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
h1 { font-size: 1.6rem } h2 { font-size: 1.2rem; margin-top: 2rem } h3 { font-size: 1rem; margin-bottom: 0; font-weight: 600 }
article { border-left: 3px solid #8884; padding-left: 1rem; margin: .8rem 0 } article p { margin: .2rem 0 }
small { color: #888; font-weight: 400 } .ok { color: #17803d } .wrong { color: #c62828 } .verdict { font-size: 1.2rem }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .2rem 1rem } dt { color: #888 } dd { margin: 0; overflow-wrap: anywhere }
li { overflow-wrap: anywhere; font-size: .9rem } code { background: #8882; padding: 0 .3em; border-radius: 3px }
`
