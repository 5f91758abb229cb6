import { oneLine } from '@sluice/verdict'
import fc from 'fast-check'
import { parseHTML } from 'linkedom'
import { describe, expect, test } from 'vitest'
import { escapeHtml } from '../../src/page/html.js'
import { PAGE_LIMIT, type ReportData, reportPage } from '../../src/page/index.js'
import { flightDelays } from './captured.js'

const PAYLOAD =
  '"><img src=x onerror=alert(1)>\'</style></title><script>alert(2)</script><svg onload=alert(3)>&lt;b&gt;\u0000\u001b[31m\u202ejs:--><a href="javascript:alert(4)">'

/** Words that a type fixes, and times: adapters let nothing else through in their places. */
const FIXED =
  /^(pass|warn|fail|inconclusive|skipped|good|bad|undecided|all|slice|small|higher|lower|bound|non-inferior|superior|table|text|command|error|unknown|warning|note|promoted|rolled-back|held|\d{4}-\d\d-\d\dT.*)$/

/** The data with every free text, and every name of a fact, replaced by the payload. */
function poisoned(value: unknown): unknown {
  if (typeof value === 'string') return FIXED.test(value) ? value : PAYLOAD
  if (Array.isArray(value)) return value.map(poisoned)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, poisoned(member)]))
}

describe('hostile text', () => {
  const data = poisoned(flightDelays()) as ReportData
  const page = reportPage({
    ...data,
    facts: { [PAYLOAD]: PAYLOAD },
    unread: [{ file: PAYLOAD, because: PAYLOAD }],
  })
  const { document } = parseHTML(page)

  test('in any place is text, and never markup', () => {
    expect(document.querySelectorAll('img, script, iframe')).toHaveLength(0)
    expect(document.querySelectorAll('style')).toHaveLength(1)
    for (const link of document.querySelectorAll('a')) expect(link.getAttribute('href')).toMatch(/^#/)
    for (const element of document.querySelectorAll('*')) {
      for (const { name } of element.attributes) expect(name).not.toMatch(/^on|^style$|^src$/)
    }
    expect(page).not.toMatch(/<(img|script)/i)
  })

  test('is still there to be read', () => {
    expect(document.querySelector('#verdicts .headline')!.textContent).toContain(
      '<img src=x onerror=alert(1)>',
    )
  })

  test('brings no control characters and no change of direction', () => {
    expect(page).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u202a-\u202e]/)
  })

  test('escaped and read again is what it was, on one line', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const { document: read } = parseHTML(
          `<!doctype html><html><body><p title="${escapeHtml(text)}">${escapeHtml(text)}</p></body></html>`,
        )
        const paragraph = read.querySelector('p')!
        expect(paragraph.textContent).toBe(oneLine(text))
        expect(paragraph.getAttribute('title')).toBe(oneLine(text))
      }),
    )
  })
})

describe('too much', () => {
  const data = flightDelays()
  const many = <T>(count: number, one: (index: number) => T) =>
    Array.from({ length: count }, (_, index) => one(index))

  test('findings and rows are trimmed, verdicts are not', () => {
    const [report] = data.reports.filter(({ verdict }) => verdict === 'fail')
    const reports = many(200, (index) => ({
      ...report!,
      file: `run-${index}/x.json`,
      headline: `headline ${index}. ${'<&>'.repeat(2000)}`,
      findings: many(300, () => ({ ...report!.findings[0]!, message: PAYLOAD.repeat(50) })),
    }))
    const page = reportPage({ ...data, reports })
    expect(Buffer.byteLength(page)).toBeLessThanOrEqual(PAGE_LIMIT)
    const { document } = parseHTML(page)
    expect(document.querySelectorAll('#verdicts article')).toHaveLength(200)
    for (const index of [0, 99, 199]) expect(page).toContain(`headline ${index}. `)
    expect(page).toContain(' more findings not shown here.')
  }, 60_000)

  test('slices, observations and records are trimmed, and the page says so', () => {
    const [evaluation] = data.evaluations.filter(({ verdict }) => verdict === 'fail')
    const rule = evaluation!.rules.at(-1)!
    const cases = many(5000, (index) => ({
      ...rule.cases[index % rule.cases.length]!,
      where:
        index % 2 === 0
          ? { kind: 'slice' as const, column: 'origin', value: `${PAYLOAD} ${index}` }
          : { kind: 'found' as const, condition: `origin = '${PAYLOAD} ${index}'` },
      examples: many(50, () => PAYLOAD.repeat(50)),
    }))
    const rollout = data.rollouts.at(-1)!
    const observations = many(500, (index) => ({ ...rollout.observations[index % 5]! }))
    const ledger = data.ledgers.at(-1)!
    const page = reportPage({
      ...data,
      evaluations: many(20, () => ({ ...evaluation!, rules: [{ ...rule, cases }] })),
      rollouts: many(30, () => ({
        ...rollout,
        observations,
        looks: many(500, () => ({ harm: 1e300, certificate: 0 })),
      })),
      ledgers: [{ ...ledger, records: many(3000, () => ledger.records[1]!) }],
    })
    expect(Buffer.byteLength(page)).toBeLessThanOrEqual(PAGE_LIMIT)
    expect(page).toMatch(/\d+ more records not shown here\./)
    expect(page).toMatch(/worst of 5000 slices are drawn|All 5000 slices/)
  }, 60_000)

  test('more verdicts than fit are refused by name, not dropped', () => {
    const reports = many(3000, () => data.reports[0]!)
    expect(() => reportPage({ ...data, reports })).toThrow(
      expect.objectContaining({ code: 'REPORT_PAGE_TOO_LARGE' }),
    )
  }, 60_000)
})

test('numbers of any size make a chart of finite shapes', () => {
  const data = flightDelays()
  const evaluation = data.evaluations[0]!
  const rule = evaluation.rules.at(-1)!
  const numbers = [0, -1e308, 1e308, 5e-324, 1]
  const cases = numbers.map((value) => ({
    ...rule.cases[0]!,
    estimate: { value, low: value, high: value, level: 0.95, threshold: 0, method: 'm', adjusted: 1 },
  }))
  const rollout = data.rollouts[0]!
  const strange = { ...rollout, endedAt: rollout.startedAt, alpha: 1e-300, beta: 1 }
  const page = reportPage({
    ...data,
    evaluations: [{ ...evaluation, rules: [{ ...rule, cases }] }],
    rollouts: [strange],
  })
  expect(page).not.toMatch(/="[^"]*(NaN|Infinity|undefined)/)
})
