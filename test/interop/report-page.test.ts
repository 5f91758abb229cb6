import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { sluice } from '@sluice/cli'
import axe from 'axe-core'
import { type Browser, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

const CHROMIUM = '/usr/bin/chromium'
const CAPTURED = new URL('../../packages/rehearsal/test/page/fixtures/flight-delays.json', import.meta.url)
/** Set, it is the folder that the pictures of the documentation are written to. */
const PICTURES = process.env['SLUICE_PICTURES']

const WIDTHS = [1280, 390] as const
const SCHEMES = ['light', 'dark'] as const

describe.skipIf(!existsSync(CHROMIUM))('the report page in Chromium', () => {
  let folder: string
  let server: Server
  let browser: Browser
  let address: string
  const asked: string[] = []

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'report-page-'))
    const html = await makePage(folder)
    server = createServer((request, response) => {
      asked.push(request.url ?? '')
      response.setHeader('content-type', 'text/html').end(html)
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
    browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] })
  })

  afterAll(async () => {
    await browser?.close()
    server?.close()
    await rm(folder, { recursive: true, force: true })
  })

  async function open(
    options: { width?: number; scheme?: 'light' | 'dark'; bypassCSP?: boolean } = {},
  ): Promise<Page> {
    const page = await browser.newPage({
      viewport: { width: options.width ?? 1280, height: 900 },
      colorScheme: options.scheme ?? 'light',
      bypassCSP: options.bypassCSP ?? false,
    })
    await page.goto(address)
    return page
  }

  test('loads without a word on the console and without another request', async () => {
    asked.length = 0
    const said: string[] = []
    const requests: string[] = []
    const page = await browser.newPage()
    page.on('console', (message) => said.push(message.text()))
    page.on('pageerror', (error) => said.push(String(error)))
    page.on('request', (request) => requests.push(request.url()))
    await page.goto(address, { waitUntil: 'networkidle' })
    expect(said).toEqual([])
    expect(requests).toEqual([address])
    expect(asked).toEqual(['/'])
    await page.close()
  })

  test('obeys its own policy: what is put into it later neither runs nor loads', async () => {
    const inject = async (bypassCSP: boolean) => {
      asked.length = 0
      const page = await open({ bypassCSP })
      const ran = await page.evaluate(`
        document.body.insertAdjacentHTML('beforeend', '<img src="${address}stolen" onerror="globalThis.ran = true">')
        new Promise((resolve) => setTimeout(resolve, 500)).then(() => 'ran' in globalThis)
      `)
      await page.close()
      return { ran, asked: [...asked] }
    }
    expect(await inject(false)).toEqual({ ran: false, asked: ['/'] })
    // Without the policy the same injection loads and runs, so it is the policy that holds it.
    expect(await inject(true)).toEqual({ ran: true, asked: expect.arrayContaining(['/stolen']) })
  })

  test('has the landmarks and names that a screen reader goes by', async () => {
    const page = await open()
    for (const role of ['banner', 'main', 'contentinfo'] as const) {
      expect(await page.getByRole(role).count()).toBe(1)
    }
    expect(await page.getByRole('navigation', { name: 'Sections' }).count()).toBe(1)
    for (const name of ['The story', 'The road', 'Evaluation', 'Canary', 'Ledger', 'Verdicts']) {
      expect(await page.getByRole('region', { name, exact: true }).count()).toBe(1)
      expect(await page.getByRole('heading', { level: 2, name, exact: true }).count()).toBe(1)
    }
    expect(
      await page.getByRole('img', { name: /^Chart of 36 slices .* 3 do not hold \(EWR, BWI, MCO\)/ }).count(),
    ).toBe(1)
    expect(
      await page.getByRole('img', { name: /^Chart of the evidence .* crossed the line 100/ }).count(),
    ).toBe(1)
    expect(await page.getByRole('table', { name: /^Steps: requests and errors/ }).count()).toBe(2)
    await page.close()
  })

  test('is walked by keyboard in the order in which it is read, with the focus to be seen', async () => {
    const page = await open()
    const focused = () =>
      page.evaluate(`(() => {
        const element = document.activeElement
        const style = getComputedStyle(element)
        return {
          text: element.textContent.replace(/\\s+/g, ' ').trim(),
          id: element.id,
          seen: element.getBoundingClientRect().left >= 0 && style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2,
        }
      })()`)
    await page.keyboard.press('Tab')
    expect(await focused()).toMatchObject({ text: 'Skip to the content', seen: true })
    for (const text of ['The story', 'The road', 'Evaluation', 'Canary', 'Ledger', 'Verdicts']) {
      await page.keyboard.press('Tab')
      expect(await focused()).toMatchObject({ text, seen: true })
    }
    await page.keyboard.press('Tab')
    expect(await focused()).toMatchObject({
      text: expect.stringContaining('The champion goes the road'),
      seen: true,
    })
    const details = page.locator('#story details').first()
    expect(await details.getAttribute('open')).toBeNull()
    await page.keyboard.press('Space')
    expect(await details.getAttribute('open')).not.toBeNull()

    await page.reload()
    await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    expect(await focused()).toMatchObject({ id: 'main' })
    await page.close()
  })

  describe.each(WIDTHS)('%i pixels wide', (width) => {
    test.each(SCHEMES)('in %s has nothing that axe-core faults, folded or open', async (scheme) => {
      const page = await open({ width, scheme, bypassCSP: true })
      await page.evaluate(axe.source)
      for (const unfolded of [false, true]) {
        if (unfolded) await unfold(page)
        const violations = await page.evaluate(`axe.run().then(({ violations }) =>
          violations.map(({ id, nodes }) => id + ': ' + nodes[0].html + ' ' + nodes[0].failureSummary))`)
        expect(violations).toEqual([])
      }
      await page.close()
    })

    test('never scrolls sideways, and shows each chart once', async () => {
      const page = await open({ width })
      await unfold(page)
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width)
      for (const figure of await page.locator('figure').all()) {
        expect(await figure.getByRole('img').count()).toBe(1)
      }
      await page.close()
    })

    test('is light in the light and dark in the dark', async () => {
      const brightness = async (scheme: 'light' | 'dark') => {
        const page = await open({ width, scheme })
        const colors = (await page.evaluate(`(({ backgroundColor, color }) => [backgroundColor, color])(
          getComputedStyle(document.body))`)) as string[]
        await page.close()
        return colors.map((color) =>
          color
            .match(/\d+/g)!
            .slice(0, 3)
            .reduce((sum, part) => sum + Number(part) / 3, 0),
        )
      }
      const [paper, ink] = await brightness('light')
      const [night, chalk] = await brightness('dark')
      expect(paper! - ink!).toBeGreaterThan(180)
      expect(chalk! - night!).toBeGreaterThan(180)
    })
  })

  const pictures = async (folder: string) => {
    await mkdir(folder, { recursive: true })
    const page = await open({ width: 1120 })
    await page.screenshot({ path: join(folder, 'report.png') })
    for (const [name, selector] of [
      ['report-evaluation', '#evaluation article:first-of-type'],
      ['report-canary', '#canary article:first-of-type'],
      ['report-ledger', '#ledger article:last-of-type'],
    ] as const) {
      await page.locator(selector).screenshot({ path: join(folder, `${name}.png`) })
    }
    await page.close()
  }
  // Not a test by itself: the documentation's pictures are taken of the page that the others have looked at.
  if (PICTURES !== undefined) test('has its pictures taken', () => pictures(PICTURES))
})

/** What the demo left, in a folder as actions leave it, and the page that the command makes of it. */
async function makePage(folder: string): Promise<string> {
  const { files, ledgers, notes } = JSON.parse(await readFile(fileURLToPath(CAPTURED), 'utf8')) as {
    files: Record<string, unknown>
    ledgers: Record<string, unknown>
    notes: unknown
  }
  const write = async (file: string, value: unknown) => {
    await mkdir(dirname(join(folder, file)), { recursive: true })
    await writeFile(join(folder, file), JSON.stringify(value))
  }
  for (const [file, value] of Object.entries(files)) await write(`.sluice/${file}`, value)
  for (const [name, value] of Object.entries(ledgers)) await write(`${name}.json`, value)
  await write('notes.json', notes)
  const said: string[] = []
  const print = (text: string) => void said.push(text)
  const code = await sluice(
    [
      'page',
      '--notes',
      'notes.json',
      ...Object.keys(ledgers).flatMap((name) => ['--ledger', `${name}.json`]),
    ],
    { env: {}, cwd: folder, signal: new AbortController().signal, stdout: print, stderr: print },
  )
  if (code !== 0) throw new Error(said.join(''))
  return await readFile(join(folder, '.sluice/report/index.html'), 'utf8')
}

async function unfold(page: Page): Promise<void> {
  await page.evaluate("document.querySelectorAll('details').forEach((details) => (details.open = true))")
}
