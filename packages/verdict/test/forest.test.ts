import { expect, test } from 'vitest'
import { forestText } from '../src/render/forest.js'
import type { ForestRow, ForestSection } from '../src/report.js'

const row = (
  label: string,
  low: number,
  value: number,
  high: number,
  state: ForestRow['state'],
): ForestRow => ({
  label,
  low,
  value,
  high,
  state,
  note: `${value}`,
})
const section = (rows: readonly ForestRow[], more: Partial<ForestSection> = {}): ForestSection => ({
  kind: 'forest',
  title: 'AUC by origin',
  axis: 'margin 0.02',
  good: 'above',
  line: -0.02,
  zero: 0,
  rows,
  ...more,
})

test('intervals lie where their numbers do, against the line and no difference', () => {
  const { foot, head, rows } = forestText(
    section([
      row('EWR', -0.1, -0.08, -0.06, 'bad'),
      row('JFK', -0.03, -0.01, 0.01, 'undecided'),
      row('ATL', 0.02, 0.06, 0.1, 'good'),
    ]),
  )
  expect([head, ...rows, foot].join('\n')).toBe(
    [
      '         ◂ worse                          better ▸',
      'EWR       ├───■───┤      ┊   │                      -0.08',
      'JFK                    ├─╂─◆─┼─┤                    -0.01',
      'ATL                      ┊   │   ├──────●───────┤   0.06',
      '┊ margin 0.02   │ no difference   ● holds  ■ does not  ◆ undecided',
    ].join('\n'),
  )
})

test('where less is better the sides are turned', () => {
  const { head } = forestText(section([row('a', 0, 1, 2, 'good')], { good: 'below' }))
  expect(head.trim()).toMatch(/^◂ better +worse ▸$/)
})

test.each([
  ['no interval', Number.NaN, 0, 1],
  ['an endless one', Number.NEGATIVE_INFINITY, 0, 1],
  ['ends that contradict the value', 1, 0, -1],
])('a row with %s keeps its name and note, and is not drawn', (_, low, value, high) => {
  const { rows } = forestText(section([row('EWR', low, value, high, 'undecided')]))
  expect(rows[0]).toMatch(/^EWR/)
  expect(rows[0]).not.toMatch(/[├●■◆]/)
})

test('one value for everything is drawn too', () => {
  const { rows } = forestText(section([row('a', 0, 0, 0, 'good')], { line: 0 }))
  expect(rows[0]).toContain('●')
})
