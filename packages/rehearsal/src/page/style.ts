/** The page's only style sheet. Colours are named by what they mean, once for light and once for dark. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --paper: #f6f7f8; --card: #ffffff; --ink: #16191d; --soft: #565e68; --rule: #dfe3e7; --faint: #eef0f2; --link: #0b5cad;
  --pass: #157347; --warn: #8a5a00; --fail: #b42318; --open: #6941a8; --none: #565e68;
  --pass-tint: #e5f4ec; --warn-tint: #fbf1dc; --fail-tint: #fdeceb; --open-tint: #f1ebfb; --none-tint: #eef0f2;
  --canary: #c77700; --stable: #8fa3b8;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #0f1215; --card: #171b20; --ink: #e8eaed; --soft: #a2abb6; --rule: #2b323a; --faint: #20262d; --link: #7db8ff;
    --pass: #56c88f; --warn: #e6b450; --fail: #ff8a80; --open: #c0a5f5; --none: #a2abb6;
    --pass-tint: #12291e; --warn-tint: #2d2410; --fail-tint: #351a19; --open-tint: #271f38; --none-tint: #20262d;
    --canary: #ffb454; --stable: #5f7388;
  }
}
* { box-sizing: border-box }
html { scroll-behavior: smooth; -webkit-text-size-adjust: 100% }
@media (prefers-reduced-motion: reduce) { html { scroll-behavior: auto } }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.5 system-ui, -apple-system, "Segoe UI", sans-serif; overflow-wrap: break-word }
header, main, footer { max-width: 62rem; margin: 0 auto; padding: 0 1.25rem }
header { padding-top: 2.5rem }
main:focus { outline: none }
h1 { font-size: 1.75rem; line-height: 1.2; margin: 0 0 .75rem; letter-spacing: -.015em }
h2 { font-size: 1.3rem; margin: 3rem 0 .9rem; letter-spacing: -.01em }
h3 { font-size: 1.05rem; margin: 0; line-height: 1.4 }
h4 { font-size: .95rem; margin: 1.6rem 0 .5rem }
p { margin: .35rem 0 }
a { color: var(--link) }
:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; border-radius: 4px }
code, pre { font: .88em/1.5 ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace }
pre { background: var(--faint); padding: .75rem; border-radius: 6px; overflow-x: auto }
.skip { position: absolute; left: -100vw; background: var(--card); padding: .6rem 1rem; z-index: 1 }
.skip:focus { left: .5rem; top: .5rem }
.hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap }
.pass { color: var(--pass) } .warn { color: var(--warn) } .fail { color: var(--fail) } .open { color: var(--open) } .none { color: var(--none) }
.aside, .more, .remedy, .said, footer { color: var(--soft); font-size: .875rem }
.aside time { white-space: nowrap } .story .aside { white-space: nowrap }
.conclusion { display: inline-block; font-size: 1.15rem; font-weight: 600; margin: 0; padding: .5rem .9rem; border-radius: 8px }
.conclusion.pass { background: var(--pass-tint) } .conclusion.warn { background: var(--warn-tint) }
.conclusion.fail { background: var(--fail-tint) } .conclusion.open { background: var(--open-tint) }
.tally { margin-top: .75rem }
dl { display: flex; flex-wrap: wrap; gap: .35rem 2rem; margin: 1.1rem 0 1.25rem; font-size: .875rem }
dt { color: var(--soft) } dd { margin: 0; overflow-wrap: anywhere }
nav ul { list-style: none; margin: 0; padding: 0; display: flex; flex-wrap: wrap; gap: .4rem }
nav a { display: block; padding: .3rem .8rem; border: 1px solid var(--rule); border-radius: 999px; background: var(--card); text-decoration: none; font-size: .9rem }
nav a:hover { border-color: var(--link) }

.badge { display: inline-block; font-size: .8rem; font-weight: 600; line-height: 1.5; padding: 0 .55rem; border-radius: 999px; white-space: nowrap; vertical-align: .08em }
.badge.pass { background: var(--pass-tint) } .badge.warn { background: var(--warn-tint) } .badge.fail { background: var(--fail-tint) }
.badge.open { background: var(--open-tint) } .badge.none { background: var(--none-tint) }
.sign { font-weight: 700 }

article, .group, .story, .unread { background: var(--card); border: 1px solid var(--rule); border-radius: 10px; padding: 1rem 1.15rem; margin: 0 0 .9rem }
.headline { margin: .45rem 0; overflow-wrap: anywhere }
.error { background: var(--fail-tint); color: var(--fail); padding: .5rem .75rem; border-radius: 6px }
.unread { border-color: var(--open) } .unread h2 { margin-top: 0 }

details { margin: .5rem 0 0 }
summary { cursor: pointer; color: var(--soft); font-size: .9rem; width: fit-content; max-width: 100% }
summary:hover { color: var(--ink) }

.story { list-style: none; padding: .3rem 1.15rem }
.story > li + li { border-top: 1px solid var(--rule) }
.story > li > details { margin: 0; padding: .65rem 0 }
.story > li > details > summary { color: var(--ink); font-size: 1.02rem; width: auto }
.story .line { font-weight: 550 }
.story .ordinal { color: var(--soft); font-variant-numeric: tabular-nums }
.scenes { list-style: none; margin: .6rem 0 .2rem; padding: 0 0 0 1.1rem; border-left: 2px solid var(--rule) }
.scenes > li { margin: .7rem 0 } .scenes .said { margin: .1rem 0 .1rem 1.35rem; overflow-wrap: anywhere } .scenes details { margin-left: 1.35rem }
.scenes details ul { color: var(--soft); font-size: .875rem; padding-left: 1.1rem; overflow-wrap: anywhere }

.road, .steps { list-style: none; margin: 0; padding: 0 }
.job { display: grid; grid-template-columns: 8.5rem 1fr; gap: .5rem 1rem; align-items: start; background: var(--card); border: 1px solid var(--rule); border-left-width: 4px; border-radius: 10px; padding: .85rem 1.1rem; margin: 0 0 .6rem; color: var(--ink) }
.job.pass { border-left-color: var(--pass) } .job.warn { border-left-color: var(--warn) } .job.fail { border-left-color: var(--fail) } .job.open { border-left-color: var(--open) }
.job-head h3 { overflow-wrap: anywhere; margin-bottom: .15rem }
.steps { display: flex; flex-wrap: wrap; gap: .45rem 0 }
.step { display: flex; align-items: center; gap: .4rem; font-size: .9rem; color: var(--ink); position: relative; padding-right: 1.7rem }
.step:not(:last-of-type)::after { content: ""; position: absolute; right: .4rem; width: .9rem; border-top: 2px solid var(--rule) }
.step strong { font-weight: 550 }
.stop { display: grid; place-items: center; flex: none; width: 1.35rem; height: 1.35rem; border-radius: 50%; font-size: .78rem; font-weight: 700 }
.step.pass .stop { background: var(--pass-tint); color: var(--pass) } .step.warn .stop { background: var(--warn-tint); color: var(--warn) }
.step.fail .stop { background: var(--fail-tint); color: var(--fail) } .step.open .stop { background: var(--open-tint); color: var(--open) }
.step.none .stop { background: var(--none-tint); color: var(--none) }
.step .state { color: var(--soft) } .step.fail .state { color: var(--fail) } .step.open .state { color: var(--open) } .step.warn .state { color: var(--warn) }

.verdict-head { display: flex; flex-wrap: wrap; justify-content: space-between; gap: .1rem 1rem }
.verdict-head p { margin: 0; overflow-wrap: anywhere } .file::before { content: " · " }
.group { padding: .2rem 1.15rem } .group article { border: 0; border-radius: 0; padding: .75rem 0; margin: 0 }
.group article + article { border-top: 1px solid var(--rule) } .group .headline { margin: .2rem 0 }
.findings { list-style: none; margin: .6rem 0 0; padding: 0 }
.findings li { border-left: 3px solid currentColor; padding: .1rem 0 .1rem .8rem; margin: .65rem 0 }
.findings p { color: var(--ink); margin: .1rem 0; overflow-wrap: anywhere } .findings .remedy { color: var(--soft) }
.findings .level { font-size: .8rem; font-weight: 700 } .place { color: var(--soft); font-size: .875rem }

.scroll { overflow-x: auto; margin: .8rem 0 0 }
table { border-collapse: collapse; width: 100%; font-size: .875rem }
caption { text-align: left; color: var(--soft); padding: 0 0 .35rem }
th, td { text-align: left; padding: .35rem .75rem .35rem 0; border-top: 1px solid var(--rule); vertical-align: top; font-weight: 400 }
thead th { border-top: 0; color: var(--soft); font-size: .8rem; vertical-align: bottom }
tbody th { font-weight: 550 }
th:last-child, td:last-child { padding-right: 0 }
.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap }

figure { margin: .9rem 0 0 }
figcaption { color: var(--soft); font-size: .875rem; max-width: 50rem; margin-top: .3rem }
.narrow { display: none }
.plot { display: block; max-width: 100%; height: auto; color: var(--soft); font: 12px system-ui, -apple-system, "Segoe UI", sans-serif; font-variant-numeric: tabular-nums; overflow: visible }
.plot text { fill: var(--soft); white-space: pre }
.plot .grid { stroke: var(--rule); stroke-opacity: 1 }
.plot .zero { stroke: var(--soft) }
.plot .beyond { fill: var(--fail-tint) }
.plot .limit { stroke: var(--fail); stroke-width: 1.5; stroke-dasharray: 5 4 } .plot .limit-label text { fill: var(--fail); font-weight: 600 }
.plot .certify { stroke: var(--pass); stroke-dasharray: 2 4 } .plot .certify-label text { fill: var(--pass) }
.plot .name text { fill: var(--ink); font-weight: 550 } .plot .value text { fill: var(--ink) }
.plot .bar { stroke-width: 2 } .plot .mark { stroke: var(--card); stroke-width: 1.5 }
.plot .bar.good { stroke: var(--pass) } .plot .mark.good { fill: var(--pass) }
.plot .bar.undecided { stroke: var(--warn) } .plot .mark.undecided { fill: var(--warn) }
.plot .bar.bad { stroke: var(--fail) } .plot .mark.bad { fill: var(--fail) }
.plot .bar.whole { stroke: var(--ink) } .plot .mark.whole { fill: var(--ink) }
.plot .band { fill: var(--faint) } .plot .share text { fill: var(--ink); font-weight: 600 }
.plot .harm { stroke: var(--fail); stroke-width: 2 } .plot .harm-dot { fill: var(--fail); stroke: none }
.plot .crossed { stroke: var(--fail); stroke-width: 2; fill: none }
.plot .certificate { stroke: var(--pass); stroke-width: 1.5 }
.plot .arm.canary { fill: var(--canary) } .plot .arm.stable { fill: var(--stable) }
.term { white-space: nowrap }
.key { font-weight: 700; margin-left: .35rem } .key.good, .key.certificate { color: var(--pass) } .key.undecided { color: var(--warn) } .key.bad, .key.harm { color: var(--fail) }
.key.canary { color: var(--canary) } .key.stable { color: var(--stable) }

.chain { list-style: none; margin: 1rem 0 0; padding: 0 }
.chain > li { position: relative; padding: 0 0 1.1rem 2.6rem }
.chain .ordinal { position: absolute; left: 0; top: 0; width: 1.7rem; height: 1.7rem; display: grid; place-items: center; border-radius: 50%; background: var(--pass-tint); color: var(--pass); font-size: .8rem; font-weight: 700; font-variant-numeric: tabular-nums }
.chain .back .ordinal { background: var(--fail-tint); color: var(--fail) }
.chain > li:not(:last-child)::after { content: ""; position: absolute; left: .8rem; top: 1.95rem; bottom: .25rem; border-left: 2px solid var(--rule) }
.chain p { margin: .1rem 0; overflow-wrap: anywhere } .link { font-size: .875rem } .link.broken { color: var(--fail) }
footer { padding-top: 2rem; padding-bottom: 3rem }

@media (max-width: 48rem) {
  header, main, footer { padding-left: .8rem; padding-right: .8rem }
  header { padding-top: 1.5rem }
  h1 { font-size: 1.4rem }
  article { padding: .8rem .75rem } .group { padding: .1rem .75rem }
  .scroll table { min-width: 36rem }
  .story { padding: .2rem .75rem }
  .wide { display: none } .narrow { display: block }
  .job { grid-template-columns: 1fr }
  .steps { flex-direction: column } .step:not(:last-of-type)::after { display: none }
  .scenes { padding-left: .7rem }
}
@media print { body { background: none } nav, .skip { display: none } article { break-inside: avoid } }
`
