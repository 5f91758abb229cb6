import { createHash } from 'node:crypto'
import { SluiceError } from '@sluice/errors'
import { PROJECT, type Verdict, worst } from '@sluice/verdict'
import { ALLOWANCES, type Allowance, PAGE_LIMIT } from './allowance.js'
import type { ReportData, Unread } from './data.js'
import { cut, type Html, html } from './html.js'
import { badge, sign, tone } from './part/badge.js'
import { evaluationsSection } from './part/evaluations.js'
import { ledgersSection } from './part/ledgers.js'
import { roadSection } from './part/road.js'
import { rolloutsSection } from './part/rollouts.js'
import { held, storySection } from './part/story.js'
import { moment } from './part/time.js'
import { verdictsSection } from './part/verdicts.js'
import { STYLE } from './style.js'

/**
 * The report: one HTML page that fetches nothing, runs nothing and says so in its content policy. The same data gives
 * the same bytes. What is too long is trimmed until the page fits `PAGE_LIMIT` bytes: rows and charts, never verdicts.
 * @throws SluiceError REPORT_PAGE_TOO_LARGE when the verdicts alone do not fit
 */
export function reportPage(data: ReportData): string {
  for (const allowance of ALLOWANCES) {
    const page = draw(data, allowance)
    if (Buffer.byteLength(page) <= PAGE_LIMIT) return page
  }
  throw new SluiceError(
    'REPORT_PAGE_TOO_LARGE',
    `The verdicts of ${data.reports.length} reports do not fit a page of ${PAGE_LIMIT} bytes.`,
    { remedy: 'Make a page for a smaller folder of reports.' },
  )
}

/** Allows this very style sheet and nothing else: no script, no image, no connection, no form. */
const POLICY = `default-src 'none'; style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'; base-uri 'none'; form-action 'none'`

function draw(data: ReportData, allowance: Allowance): string {
  const parts = partsOf(data, allowance)
  return `<!doctype html>
${
  html`<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>${`Sluice: ${cut(data.title, 100)}`}</title>
`.text
}<style>${STYLE}</style>
${
  html`</head>
<body>
<a class="skip" href="#main">Skip to the content</a>
<header>
<h1>${cut(data.title, 160)}</h1>
${conclusion(data)}
<dl>${Object.entries(data.facts ?? {})
    .slice(0, 20)
    .map(
      ([name, value]) => html`<div><dt>${cut(name, 60)}</dt><dd>${cut(value, 300)}</dd></div>`,
    )}<div><dt>Made</dt><dd>${moment(data.madeAt)}</dd></div></dl>
<nav aria-label="Sections"><ul>${parts.map(({ id, name }) => html`<li><a href="#${id}">${name}</a></li>`)}</ul></nav>
</header>
<main id="main" tabindex="-1">
${unread(data.unread, allowance)}
${parts.map(({ content }) => content)}
</main>
<footer><p>Made by ${PROJECT.name} ${PROJECT.version}. This page fetches nothing and runs no script.</p></footer>
</body>
</html>
`.text
}`
}

function partsOf(data: ReportData, allowance: Allowance): { id: string; name: string; content: Html }[] {
  const { story, reports, evaluations, rollouts, ledgers } = data
  const road = reports.length > 0 || (data.jobs?.length ?? 0) > 0
  return [
    ...(story ? [{ id: 'story', name: 'The story', content: storySection(story, allowance) }] : []),
    ...(road ? [{ id: 'road', name: 'The road', content: roadSection(data, allowance) }] : []),
    ...(evaluations.length > 0
      ? [{ id: 'evaluation', name: 'Evaluation', content: evaluationsSection(evaluations, allowance) }]
      : []),
    ...(rollouts.length > 0
      ? [{ id: 'canary', name: 'Canary', content: rolloutsSection(rollouts, allowance) }]
      : []),
    ...(ledgers.length > 0
      ? [{ id: 'ledger', name: 'Ledger', content: ledgersSection(ledgers, allowance) }]
      : []),
    ...(reports.length > 0
      ? [{ id: 'verdicts', name: 'Verdicts', content: verdictsSection(reports, allowance) }]
      : []),
  ]
}

/** The page's first word: the story's, where there is one, for it expects some checks to fail; else the worst verdict. */
function conclusion(data: ReportData): Html {
  const { story, reports, unread } = data
  if (story) {
    const wrong = story.chapters.filter((chapter) => !held(chapter)).length
    const ok = story.chapters.length > 0 && wrong === 0
    return html`<p class="conclusion ${ok ? 'pass' : 'fail'}"><span aria-hidden="true">${ok ? '✓' : '✗'}</span> ${ok ? 'Every line came out as it must.' : `${wrong} of ${story.chapters.length} lines did not come out as they must.`}</p>`
  }
  const verdicts: Verdict[] = reports.map(({ verdict }) => verdict)
  const all = worst([...verdicts, ...(unread.length > 0 ? (['inconclusive'] as const) : [])])
  return html`<p class="conclusion ${tone(all)}"><span aria-hidden="true">${sign(all)}</span> ${all}</p>
<p class="tally">${(['fail', 'inconclusive', 'warn', 'pass'] as const).flatMap((state) => {
    const count = verdicts.filter((verdict) => verdict === state).length
    return count > 0 ? [html`${count} ${badge(state)} `] : []
  })}</p>`
}

function unread(files: readonly Unread[], allowance: Allowance): Html | false {
  return (
    files.length > 0 &&
    html`<section class="unread" aria-labelledby="unread-heading"><h2 id="unread-heading">Not read</h2>
<p>${files.length} ${files.length === 1 ? 'file was' : 'files were'} there and could not be read, so this page does not say all there is.</p>
<ul>${files.slice(0, allowance.rows).map(({ file, because }) => html`<li><code>${cut(file, 160)}</code> ${cut(because, allowance.text)}</li>`)}</ul></section>`
  )
}
