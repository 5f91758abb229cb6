import fc from 'fast-check'
import type { Finding, Report, Section } from '../src/index.js'

/** A report with what `parts` says and nothing else. */
export function reportWith(parts: Partial<Report>): Report {
  return {
    action: 'pin-check',
    version: '0.1.0',
    finishedAt: '2026-03-03T12:00:00.000Z',
    verdict: 'pass',
    headline: 'All 12 references are pinned.',
    findings: [],
    sections: [],
    outputs: {},
    statements: [],
    ...parts,
  }
}

/** A finding with what `parts` says. */
export function findingWith(parts: Partial<Finding>): Finding {
  return { rule: 'pins/unpinned', level: 'error', message: 'm', fingerprint: 'a'.repeat(32), ...parts }
}

const MISCHIEF = [
  '::error::x',
  '##[group]',
  '\u001b[31m',
  '</details>',
  '<img src=x onerror=alert(1)>',
  '<!--',
  '-->',
  '@octocat',
  '#1',
  'GH-7',
  '[a](javascript:b)',
  '![i](http://e)',
  '`',
  '``',
  '```',
  '|',
  '\\',
  '\n',
  '\r\n',
  '\n\n# h\n',
  '\u2028',
  '\u202e',
  '\0',
  '\ud800',
  'https://e.example/x',
  'www.e.example',
  '&lt;',
  '&#64;',
  '~~',
  '**',
  '__',
  '$x$',
  '- ',
  '1. ',
  '=== ',
  ']]>',
  '"',
  "'",
  '\u0007',
  '￿',
  ':tada:',
  '😀',
]

/** Text as an attacker would write it. */
export const hostileText = fc
  .array(
    fc.oneof(fc.constantFrom(...MISCHIEF), fc.string({ unit: 'binary', maxLength: 5 }), fc.constant('word ')),
    {
      maxLength: 12,
    },
  )
  .map((parts) => parts.join(''))

const line = fc.option(fc.integer({ min: 1, max: 100_000 }), { nil: undefined })

export const anyFinding: fc.Arbitrary<Finding> = fc.record(
  {
    rule: hostileText,
    level: fc.constantFrom('error', 'unknown', 'warning', 'note'),
    message: hostileText,
    fingerprint: fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: 32, maxLength: 32 }),
    location: fc
      .record({ file: hostileText.filter((text) => text !== '') })
      .chain(({ file }) =>
        line.map((number) => (number === undefined ? { file } : { file, line: number, column: 1 })),
      ),
    remedy: hostileText,
    help: fc.oneof(hostileText, fc.webUrl()),
    waivedBy: fc.record({ owner: hostileText, reason: hostileText, expires: fc.constant('2026-12-31') }),
  },
  { requiredKeys: ['rule', 'level', 'message', 'fingerprint'] },
)

const anySection: fc.Arbitrary<Section> = fc.oneof(
  fc.record({
    kind: fc.constant('table' as const),
    title: hostileText,
    columns: fc.array(hostileText, { minLength: 1, maxLength: 4 }),
    rows: fc.array(fc.array(hostileText, { maxLength: 4 }), { maxLength: 30 }),
    open: fc.boolean(),
  }),
  fc.record({ kind: fc.constant('text' as const), title: hostileText, text: hostileText }),
  fc.record({ kind: fc.constant('command' as const), title: hostileText, command: hostileText }),
  fc
    .record({
      title: hostileText,
      axis: hostileText,
      good: fc.constantFrom('above' as const, 'below' as const),
      line: fc.double({ noNaN: true, noDefaultInfinity: true }),
      zero: fc.option(fc.constant(0), { nil: undefined }),
      rows: fc.array(
        fc.record({
          label: hostileText,
          low: fc.double(),
          value: fc.double(),
          high: fc.double(),
          state: fc.constantFrom('good' as const, 'bad' as const, 'undecided' as const),
          note: hostileText,
        }),
        { maxLength: 30 },
      ),
    })
    .map(({ zero, ...rest }) => ({
      kind: 'forest' as const,
      ...rest,
      ...(zero === undefined ? {} : { zero }),
    })),
)

/** Any report, with hostile text wherever text may stand. */
export const anyReport: fc.Arbitrary<Report> = fc
  .record({
    verdict: fc.constantFrom('pass', 'warn', 'fail', 'inconclusive'),
    headline: hostileText,
    findings: fc.array(anyFinding, { maxLength: 40 }),
    sections: fc.array(anySection, { maxLength: 5 }),
    error: fc.option(
      fc.record({ code: fc.constant('FILE_NOT_FOUND'), message: hostileText, remedy: hostileText }),
      {
        nil: undefined,
      },
    ),
  })
  .map(({ error, ...parts }) => reportWith({ ...parts, ...(error ? { error } : {}) } as Partial<Report>))
