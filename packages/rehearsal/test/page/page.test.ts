import { createHash } from 'node:crypto'
import { parseHTML } from 'linkedom'
import { describe, expect, test } from 'vitest'
import { PAGE_LIMIT, type ReportData, reportPage } from '../../src/page/index.js'
import { flightDelays } from './captured.js'

const data = flightDelays()
const page = reportPage(data)
const { document } = parseHTML(page)
const all = (selector: string) => [...document.querySelectorAll(selector)]

describe('the page of a real rehearsal', () => {
  test('fits its limit, and is the same bytes for the same data', () => {
    expect(Buffer.byteLength(page)).toBeLessThan(PAGE_LIMIT)
    expect(reportPage(flightDelays())).toBe(page)
  })

  test('fetches nothing: one style sheet that the policy names, no script, no address but its own sections', () => {
    expect(all('script, link, img, iframe, object, form, image, use')).toEqual([])
    expect(all('style')).toHaveLength(1)
    const sheet = all('style')[0]!.textContent as string
    const hash = createHash('sha256').update(sheet).digest('base64')
    const policy = all('meta[http-equiv]')[0]!.getAttribute('content')
    expect(policy).toBe(`default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'`)
    expect(all('[style], [src], [onclick], [onload]')).toEqual([])
    for (const link of all('a')) expect(link.getAttribute('href')).toMatch(/^#[a-z]+$/)
    expect(sheet).not.toMatch(/url\(|@import/)
  })

  test('leads from its navigation to each of its sections', () => {
    const targets = all('nav a').map((link) => link.getAttribute('href')!.slice(1))
    expect(targets).toEqual(['story', 'road', 'evaluation', 'canary', 'ledger', 'verdicts'])
    for (const id of targets) expect(document.getElementById(id)).not.toBeNull()
    expect(new Set(all('[id]').map(({ id }) => id)).size).toBe(all('[id]').length)
  })

  test('tells the six lines of the story first', () => {
    expect(all('.conclusion')[0]!.textContent).toBe('✓ Every line came out as it must.')
    expect(all('.story > li')).toHaveLength(7)
  })

  test('shows every verdict with its headline, those that block first', () => {
    const shown = all('#verdicts article h3').map((heading) => heading.textContent.trim())
    expect(shown).toHaveLength(data.reports.length)
    const blocking = data.reports.filter(({ verdict }) => verdict === 'fail').length
    expect(shown.slice(0, blocking).every((heading) => heading.startsWith('✗ fail'))).toBe(true)
    const text = document.querySelector('#verdicts')!.textContent
    expect(text).toContain("origin = 'EWR': auc −0.104")
    expect(text).toContain('pin-check/unpinned-action')
  })

  test('draws each airport once, with its interval, by state', () => {
    const chart = all('#evaluation .wide svg')[0]!
    const count = (selector: string) => chart.querySelectorAll(selector).length
    expect(count('.bar.good line')).toBe(31)
    expect(count('.bar.undecided line')).toBe(2)
    expect(count('.bar.bad line')).toBe(3)
    expect(count('.mark.bad path')).toBe(3)
    expect(count('.limit line')).toBe(1)
    expect(chart.getAttribute('aria-label')).toBe(
      'Chart of 36 slices for the rule “auc loses less than 0.015 against the champion, for every origin”: 31 hold, 2 undecided, 3 do not hold (EWR, BWI, MCO). The table below has the numbers.',
    )
    expect(all('#evaluation tbody th').map((cell) => cell.textContent)).toContain('EWR')
  })

  test('draws the evidence of a rollout against its lines, and says that the record agrees', () => {
    const chart = all('#canary .wide svg')[0]!
    expect(chart.getAttribute('aria-label')).toMatch(
      /e ends at 166, and crossed the line 100 after 3\.5\d* seconds/,
    )
    expect(chart.querySelectorAll('.crossed')).toHaveLength(1)
    expect(chart.textContent).toContain('1/α = 100: roll back')
    expect(chart.textContent).toContain('25 %')
    expect(document.querySelector('#canary')!.textContent).toContain('e ends at 166.4, as the record says')
  })

  test('shows the chain of the ledger, the latest record first', () => {
    const prod = all('#ledger article').at(-1)!
    expect(prod.textContent).toContain('Each of the 6 records names the digest of the one before it.')
    const numbers = [...prod.querySelectorAll('.ordinal')].map((ordinal) => ordinal.textContent)
    expect(numbers).toEqual(['Record 6', 'Record 5', 'Record 4', 'Record 3', 'Record 2', 'Record 1'])
  })

  test('gives every chart a name, and a table beside it', () => {
    for (const chart of all('svg')) {
      expect(chart.getAttribute('role')).toBe('img')
      expect(chart.getAttribute('aria-label')).toMatch(/^Chart of /)
      expect(chart.querySelectorAll('[aria-label], style, title')).toHaveLength(0)
      expect(chart.closest('article')!.querySelector('table')).not.toBeNull()
    }
    for (const table of all('table')) expect(table.querySelector('caption')!.textContent).not.toBe('')
  })
})

describe('the conclusion', () => {
  const conclusion = (changed: Partial<ReportData>) => {
    const { story: _, ...rest } = data
    return parseHTML(reportPage({ ...rest, ...changed })).document.querySelector('.conclusion')!.textContent
  }
  const passing = data.reports.filter(({ verdict }) => verdict === 'pass')

  test('is the worst verdict where no story is told', () => {
    expect(conclusion({})).toBe('✗ fail')
    expect(conclusion({ reports: passing })).toBe('✓ pass')
  })

  test('is never a pass while something could not be read, or nothing was there', () => {
    const unread = [{ file: 'model-gate.json', because: 'no JSON' }]
    expect(conclusion({ reports: passing, unread })).toBe('? inconclusive')
    expect(conclusion({ reports: [] })).toBe('? inconclusive')
  })

  test('counts the lines of a story that did not come out', () => {
    const chapters = data.story!.chapters.map((chapter, index) =>
      index === 2 ? { ...chapter, scenes: [] } : chapter,
    )
    expect(conclusion({ story: { chapters } })).toBe('✗ 1 of 7 lines did not come out as they must.')
    expect(conclusion({ story: { chapters: [] } })).toMatch(/^✗/)
  })
})

test('a record that follows on nothing, or on another, is said to be broken', () => {
  const [ledger] = data.ledgers.slice(-1)
  const records = ledger!.records.map((record, index) =>
    index === 3 ? { ...record, previous: `sha256:${'0'.repeat(64)}` } : record,
  )
  const text = reportPage({ ...data, ledgers: [{ ...ledger!, records, verified: false }] })
  const article = parseHTML(text).document.querySelector('#ledger article')!
  expect(article.querySelector('.error')!.textContent).toContain(
    '1 of 6 records does not follow on the one before. Read from a file: its signatures were not verified',
  )
  expect(article.querySelectorAll('.broken')).toHaveLength(1)
})

test('a record whose e-value is not what its counts give is shown as that', () => {
  const rollouts = data.rollouts.map((rollout) => ({ ...rollout, stated: { ...rollout.stated!, e: 3 } }))
  const text = parseHTML(reportPage({ ...data, rollouts })).document.querySelector('#canary .error')!
  expect(text.textContent).toBe('Computed again from the counts, e ends at 166.4; the record says 3.')
})

test('a rollout without a look-by-look record has its tables and says why there is no curve', () => {
  const rollouts = data.rollouts.map(({ looks: _, ...rollout }) => rollout)
  const text = parseHTML(reportPage({ ...data, rollouts })).document.querySelector('#canary')!.textContent
  expect(text).toContain('cannot be drawn look by look')
  expect(text).toContain('Steps: requests and errors of both arms')
})
