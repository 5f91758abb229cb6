import fc from 'fast-check'
import { expect, test } from 'vitest'
import { toJunit, toText } from '../src/index.js'
import { anyReport, findingWith, reportWith } from './reports.js'

test('text begins with the verdict, then the worst findings', () => {
  const findings = [
    findingWith({ level: 'warning', message: 'Mild.' }),
    findingWith({ message: 'Bad.', remedy: 'Pin it.', location: { file: 'Dockerfile', line: 1, column: 6 } }),
  ]
  expect(toText(reportWith({ verdict: 'fail', headline: '1 reference can change.', findings }))).toBe(
    [
      'FAIL pin-check: 1 reference can change.',
      '  error: Dockerfile:1:6 Bad. [pins/unpinned]',
      '    Pin it.',
      '  warning: Mild. [pins/unpinned]',
      '  1 error, 1 warning',
      '',
    ].join('\n'),
  )
})

test('a table is aligned, and its rows beyond fifty are counted', () => {
  const rows = Array.from({ length: 60 }, (_, n) => [`file-${n}`, 'x'])
  const text = toText(
    reportWith({ sections: [{ kind: 'table', title: 'Files', columns: ['file', 'pin'], rows }] }),
  )
  expect(text).toContain('\nFiles\n  file     pin\n  file-0   x\n')
  expect(text).toContain('  … and 10 more rows in the report\n')
})

test('junit counts a failing finding and the failing verdict, and skips what is waived', () => {
  const findings = [
    findingWith({ message: 'a < b & "c"' }),
    findingWith({ level: 'unknown' }),
    findingWith({ level: 'warning' }),
    findingWith({ waivedBy: { owner: 'o', reason: 'r', expires: '2026-12-31' } }),
  ]
  const xml = toJunit(reportWith({ verdict: 'fail', findings }))
  expect(xml).toContain('<testsuites tests="5" failures="2" errors="1">')
  expect(xml).toContain('<failure message="a &lt; b &amp; &quot;c&quot;" type="pins/unpinned"/>')
  expect(xml).toContain('skipped="1"')
})

test('junit is well-formed XML 1.0 for any report', () => {
  fc.assert(
    fc.property(anyReport, (report) => {
      const xml = toJunit(report)
      expect(xml).not.toMatch(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/)
      expect(unclosed(xml)).toEqual([])
      expect(/errors="(\d+)"/.exec(xml)?.[1] !== '0').toBe(
        report.verdict === 'inconclusive' ||
          report.findings.some((one) => one.level === 'unknown' && !one.waivedBy),
      )
    }),
  )
})

/** Elements left open, or closed out of turn; every `<`, `>` and `&` must belong to one. */
function unclosed(xml: string): string[] {
  const open: string[] = []
  const rest = xml
    .replace(/<\?xml [^?]*\?>/, '')
    .replace(/<(\/?)([a-z-]+)((?: [a-z]+="[^"<>]*")*)(\/?)>/g, (_, close, name, __, self) => {
      if (close) {
        if (open.pop() !== name) open.push(`wrong:${name}`)
      } else if (!self) open.push(name)
      return ''
    })
  const stray = /[<>]|&(?!amp;|lt;|gt;|quot;)/.exec(rest)
  return stray ? [...open, `stray ${stray[0]}`] : open
}

test('text says what was waived, by whom and until when', () => {
  const waivedBy = { owner: '@acme/ml', reason: 'It moves next week.', expires: '2026-12-31' }
  const findings = [findingWith({ message: 'Worse at EWR.', waivedBy })]
  expect(toText(reportWith({ verdict: 'pass', headline: 'Held.', findings }))).toBe(
    [
      'PASS pin-check: Held.',
      '  waived: Worse at EWR. [pins/unpinned]',
      '    By @acme/ml until 2026-12-31: It moves next week.',
      '  1 waived',
      '',
    ].join('\n'),
  )
})
