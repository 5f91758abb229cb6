import { expect, test } from 'vitest'
import { parseSection, waiversSection } from '../src/index.js'

const read = (text: string) => parseSection(text, 'sluice.yaml', waiversSection)
const waiver = (lines: string) => `waivers:\n  - reason: known\n    owner: '@team'\n${lines}`

test('a waiver by rule and one by fingerprint are read', () => {
  const both = `${waiver('    rule: pins/unpinned\n    path: docker\n    expires: 2026-12-31\n')}  - fingerprint: ${'a'.repeat(32)}\n    reason: r\n    owner: o\n    expires: 2028-02-29\n`
  expect(read(both)).toEqual([
    { rule: 'pins/unpinned', path: 'docker', reason: 'known', owner: '@team', expires: '2026-12-31' },
    { fingerprint: 'a'.repeat(32), reason: 'r', owner: 'o', expires: '2028-02-29' },
  ])
})

test.each([
  [
    'a day that no calendar has',
    '    rule: a/b\n    expires: 2026-02-30\n',
    'Expected a day of the calendar',
  ],
  ['a month instead of a day', '    rule: a/b\n    expires: 2026-12\n', 'Expected a day of the calendar'],
  ['no expiry', '    rule: a/b\n', '`waivers[0].expires` is missing'],
  ['neither rule nor fingerprint', '    expires: 2026-12-31\n', 'Expected either `rule` or `fingerprint`'],
  [
    'a path without a rule',
    `    fingerprint: ${'a'.repeat(32)}\n    path: x\n    expires: 2026-12-31\n`,
    'only with `rule`',
  ],
  ['a rule that no report shows', '    rule: everything\n    expires: 2026-12-31\n', '`<check>/<rule>`'],
])('a waiver with %s is refused', (_, lines, says) => {
  expect(() => read(waiver(lines))).toThrow(says)
})

test('a waiver without a reason is refused', () => {
  const text = "waivers:\n  - rule: a/b\n    reason: ' '\n    owner: o\n    expires: 2026-12-31\n"
  expect(() => read(text)).toThrow('not empty')
})
