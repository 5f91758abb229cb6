import fc from 'fast-check'
import { micromark } from 'micromark'
import { gfm, gfmHtml } from 'micromark-extension-gfm'
import { expect, test } from 'vitest'
import { COMMENT_BUDGET, oneLine, toMarkdown } from '../src/index.js'
import { codeSpan, escapeMarkdown, link } from '../src/render/markdown-text.js'
import { anyReport, findingWith, hostileText, reportWith } from './reports.js'

const html = (markdown: string) =>
  micromark(markdown, { extensions: [gfm()], htmlExtensions: [gfmHtml()], allowDangerousHtml: true })
const tags = (text: string) =>
  [...text.matchAll(/<\/?([a-z][a-z0-9]*)/gi)].map(([, name]) => name?.toLowerCase())

test('the verdict comes first, then two sentences, and nothing that is empty', () => {
  const report = reportWith({
    verdict: 'fail',
    headline: '2 of 12 references can change.',
    findings: [findingWith({}), findingWith({ level: 'warning' })],
    sections: [
      { kind: 'table', title: 'Files', columns: ['file'], rows: [] },
      { kind: 'text', title: 'Notes', text: '' },
    ],
  })
  const [verdict, first, second] = toMarkdown(report).split('\n\n')
  expect(verdict).toBe('### ❌ pin-check: fail')
  expect(first).toBe('2 of 12 references can change.')
  expect(second).toBe('1 error, 1 warning.')
  expect(toMarkdown(report)).not.toMatch(/Files|Notes/)
})

test('a pass folds its tables; few findings of a fail are unfolded', () => {
  const table = { kind: 'table', title: 'Rules', columns: ['rule'], rows: [['a']] } as const
  expect(toMarkdown(reportWith({ sections: [table] }))).toContain('<details><summary>Rules (1)</summary>')
  expect(toMarkdown(reportWith({ verdict: 'fail', findings: [findingWith({})] }))).toContain(
    '<details open><summary>Findings (1)</summary>',
  )
})

test('an error shows its code, its place and its remedy', () => {
  const error = {
    code: 'CONFIG_INVALID',
    message: 'm',
    remedy: 'Set `a`.',
    at: { file: 'sluice.yaml', line: 3 },
  }
  const text = toMarkdown(reportWith({ verdict: 'inconclusive', headline: 'm', error }))
  expect(text).toContain('<code>CONFIG&#95;INVALID</code> at <code>sluice.yaml:3</code>: Set <code>a</code>.')
})

test('waived findings are counted, and listed with owner and expiry', () => {
  const waived = findingWith({ waivedBy: { owner: 'team', reason: 'known', expires: '2026-12-31' } })
  const text = toMarkdown(reportWith({ findings: [waived] }))
  expect(text).toContain('1 waived.')
  expect(text).toContain('| team | 2026-12-31 | known |')
})

test.each([
  ['javascript:alert(1)', 'x'],
  ['https://user:secret@e.example/', 'x'],
  ['https://e.example/a)b|c<d>', '[x](https://e.example/a%29b%7Cc%3Cd%3E)'],
])('a link to %s becomes %s', (address, expected) => {
  expect(link('x', address)).toBe(expected)
})

test('escaped text renders to itself: no markup, no link, no mention, no reference', () => {
  fc.assert(
    fc.property(hostileText, fc.constantFrom(escapeMarkdown, codeSpan), (text, render) => {
      const rendered = html(`x ${render(text)}`)
      expect(new Set(tags(rendered))).toEqual(new Set(rendered.includes('<code>') ? ['p', 'code'] : ['p']))
      // Within code GitHub looks for neither.
      expect(rendered.replace(/<code>.*?<\/code>/gs, '')).not.toMatch(/@\w|#\d|\bGH-\d/)
    }),
    { numRuns: 1000 },
  )
})

test('what is copied from code is the text itself', () => {
  fc.assert(
    fc.property(hostileText, (text) => {
      const shown = html(`x ${codeSpan(text)}`).replace(/<!--.*?-->|<\/?(?:p|code)>/g, '')
      const read = shown.replace(
        /&(lt|gt|quot|amp);/g,
        (_, name: string) => ({ lt: '<', gt: '>', quot: '"', amp: '&' })[name] ?? '',
      )
      expect(read.trimEnd()).toBe(`x ${oneLine(text)}`.trimEnd())
    }),
    { numRuns: 500 },
  )
  expect(escapeMarkdown('Write `uses: a/b@v1 # v1`.')).toBe('Write <code>uses: a/b@<!-- -->v1 # v1</code>.')
})

test('any report keeps its verdict and stays within any budget', () => {
  fc.assert(
    fc.property(anyReport, fc.integer({ min: 12_000, max: 40_000 }), (report, bytes) => {
      const text = toMarkdown(report, { budget: { bytes, rows: 20 } })
      expect(Buffer.byteLength(text)).toBeLessThanOrEqual(bytes)
      expect(text.split('\n')[0]).toMatch(new RegExp(`pin-check: ${report.verdict}$`))
    }),
    { numRuns: 200 },
  )
})

test('any report renders to the frame and nothing more', () => {
  const allowed = new Set([
    'h3',
    'p',
    'code',
    'details',
    'summary',
    'table',
    'thead',
    'tbody',
    'tr',
    'th',
    'td',
    'b',
    'pre',
    'sub',
    'a',
    'br',
  ])
  fc.assert(
    fc.property(anyReport, (report) => {
      const rendered = html(toMarkdown(report))
      expect(tags(rendered).filter((tag) => !allowed.has(tag ?? ''))).toEqual([])
      const count = (tag: string) => rendered.split(tag).length - 1
      expect(count('<details')).toBe(count('</details>'))
      expect(rendered).not.toMatch(/href="(?!https?:)/)
    }),
    { numRuns: 200 },
  )
})

test('a hundred thousand findings fit into a comment, and the rest is counted', () => {
  const findings = Array.from({ length: 100_000 }, (_, n) =>
    findingWith({ message: `finding ${n}`.repeat(20) }),
  )
  const text = toMarkdown(reportWith({ verdict: 'fail', findings }), { budget: COMMENT_BUDGET })
  expect(text.length).toBeLessThan(65_536)
  expect(text).toMatch(/… and 99\d{3} more rows in the JSON report/)
})

test('the second attempt of a run says that it is one, the first does not', () => {
  const run = { url: 'https://github.com/octo/model/actions/runs/1', sha: 'a'.repeat(40) }
  expect(toMarkdown(reportWith({}), { run: { ...run, attempt: 2 } })).toContain(' · attempt 2 · commit ')
  expect(toMarkdown(reportWith({}), { run: { ...run, attempt: 1 } })).not.toContain('attempt')
})
