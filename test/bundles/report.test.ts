import { readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { runBundle, startRunner } from './rig.js'

/** Reports that the example's actions really wrote. */
const captured = JSON.parse(
  readFileSync(
    new URL('../../packages/rehearsal/test/page/fixtures/flight-delays.json', import.meta.url),
    'utf8',
  ),
) as { files: Record<string, unknown> }

function gates(folder: string): Record<string, string> {
  const own = Object.entries(captured.files).filter(([file]) => file.startsWith(`${folder}/`))
  return Object.fromEntries(
    own.map(([file, report]) => [file.replace(folder, 'gates'), JSON.stringify(report)]),
  )
}

const REPORTS = { reports: 'gates/*.json' }
const EXPECTED = 'image-scan\nmodel-gate\nmodel-scan\npin-check'

test('puts the gates of a release together, and makes no page that nobody asked for', async () => {
  await using runner = await startRunner(gates('candidate'))
  const done = await runner.run('report', {
    inputs: { ...REPORTS, expected: EXPECTED, 'page-artifact': 'sluice-report' },
  })
  expect(done).toMatchObject({ code: 0, outputs: { reports: '4', failed: '', page: '' } })
  expect(done.summary).toContain('All 4 gates let it through.')
  expect(done.summary).not.toContain('HTML page')
  await expect(readFile(join(runner.workspace, '.sluice/report/index.html'))).rejects.toThrow('ENOENT')
})

test('fails for a model that got worse, and draws its airports when asked for the page', async () => {
  await using runner = await startRunner(gates('regressed'))
  const done = await runner.run('report', {
    inputs: { ...REPORTS, page: 'true', 'page-artifact': 'sluice-report' },
  })
  expect(done.summary).toContain('The artifact sluice-report of this run holds the report')
  expect(done).toMatchObject({ code: 1, outputs: { verdict: 'fail', failed: 'model-gate' } })
  const page = await readFile(done.outputs['page']!, 'utf8')
  expect(done.outputs['page']).toBe(join(runner.workspace, '.sluice/report/index.html'))
  expect(page).toContain('octo-org/flight-delays')
  expect(page.match(/<svg/g)?.length).toBeGreaterThan(0)
  expect(page).toMatch(/ATL|ORD|DFW/)
  expect(Buffer.byteLength(page)).toBeLessThan(500_000)
})

test('a gate that did not report is inconclusive, and a ledger that cannot be read is named on the page', async () => {
  await using runner = await startRunner({
    ...gates('regressed'),
    'sluice.yaml':
      'environments: { prod: { target: "127.0.0.1:9/x", recordsSignedBy: [{ key: none.pem }] } }\n',
  })
  const done = await runner.run('report', {
    inputs: { ...REPORTS, expected: EXPECTED, page: 'true', ledgers: 'prod' },
  })
  expect(done.code).toBe(1)
  expect(done.summary).toContain('pin-check did not report')
  expect(await readFile(done.outputs['page']!, 'utf8')).toContain('the ledger of prod')
})

test.each([
  ['GATE_REPORT_NOT_FOUND', {}],
  ['GATE_REPORT_MALFORMED', { 'gates/model-gate.json': '{"verdict":"pass"}' }],
  ['GATE_REPORT_MALFORMED', { 'gates/model-gate.json': 'pass' }],
])('says %s', async (code, files) => {
  const done = await runBundle('report', { files, inputs: REPORTS })
  expect(done.code).toBe(2)
  expect(done.stdout + done.stderr).toContain(code)
})
